using System.Text;

namespace Mesh.Proxy.Http2.Hpack;

/// <summary>The static table (RFC 7541 appendix A). Indices start at 1.</summary>
internal static class StaticTable
{
    public const int Count = 61;

    private static readonly (KnownHeader Known, string Value)[] Fields = MakeFields();
    private static readonly byte[][] Values = [.. Fields.Select(field => Encoding.ASCII.GetBytes(field.Value))];
    private static readonly byte[] FirstIndex = MakeFirstIndex();

    public static KnownHeader Known(int index) => Fields[index].Known;

    public static ReadOnlySpan<byte> Name(int index) => KnownHeaders.NameOf(Fields[index].Known);

    public static ReadOnlySpan<byte> Value(int index) => Values[index];

    /// <summary>The first entry with this name; 0 when there is none.</summary>
    public static int IndexOfName(KnownHeader known) => FirstIndex[(int)known];

    /// <summary>The entry with this name and value; 0 when there is none.</summary>
    public static int IndexOf(KnownHeader known, ReadOnlySpan<byte> value)
    {
        // Only these names stand in the table with values that are ever sent.
        var (first, last) = known switch
        {
            KnownHeader.Method => (2, 3),
            KnownHeader.Path => (4, 5),
            KnownHeader.Scheme => (6, 7),
            KnownHeader.Status => (8, 14),
            KnownHeader.AcceptEncoding => (16, 16),
            _ => (1, 0),
        };
        for (var index = first; index <= last; index++)
        {
            if (value.SequenceEqual(Values[index]))
            {
                return index;
            }
        }
        return 0;
    }

    private static (KnownHeader Known, string Value)[] MakeFields()
    {
        var fields = new List<(KnownHeader, string)>
        {
            (KnownHeader.Other, ""),
            (KnownHeader.Authority, ""),
            (KnownHeader.Method, "GET"),
            (KnownHeader.Method, "POST"),
            (KnownHeader.Path, "/"),
            (KnownHeader.Path, "/index.html"),
            (KnownHeader.Scheme, "http"),
            (KnownHeader.Scheme, "https"),
        };
        foreach (var status in new[] { "200", "204", "206", "304", "400", "404", "500" })
        {
            fields.Add((KnownHeader.Status, status));
        }
        for (var known = KnownHeader.AcceptCharset; known <= KnownHeader.WwwAuthenticate; known++)
        {
            fields.Add((known, known == KnownHeader.AcceptEncoding ? "gzip, deflate" : ""));
        }
        return [.. fields];
    }

    private static byte[] MakeFirstIndex()
    {
        var first = new byte[KnownHeaders.Count];
        for (var index = Count; index > 0; index--)
        {
            first[(int)Fields[index].Known] = (byte)index;
        }
        return first;
    }
}
