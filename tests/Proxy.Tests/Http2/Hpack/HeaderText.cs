using System.Text;
using Mesh.Proxy.Http2.Hpack;

namespace Mesh.Proxy.Tests.Http2.Hpack;

/// <summary>Header lists as text: <c>name: value|name: value</c>, a sensitive field with <c>!</c> in front.</summary>
internal static class HeaderText
{
    public static HeaderList Parse(string text)
    {
        var list = new HeaderList();
        foreach (var field in text.Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            var sensitive = field[0] == '!';
            var colon = field.IndexOf(": ", sensitive ? 2 : 1, StringComparison.Ordinal);
            var name = Encoding.Latin1.GetBytes(field[(sensitive ? 1 : 0)..colon]);
            list.Add(name, Encoding.Latin1.GetBytes(field[(colon + 2)..]), sensitive);
        }
        return list;
    }

    public static string Of(HeaderList list)
    {
        var text = new StringBuilder();
        for (var i = 0; i < list.Count; i++)
        {
            text.Append(i == 0 ? "" : "|").Append(list.IsSensitive(i) ? "!" : "")
                .Append(Encoding.Latin1.GetString(list.Name(i))).Append(": ").Append(Encoding.Latin1.GetString(list.Value(i)));
        }
        return text.ToString();
    }
}
