using System.Text;

namespace Mesh.Sandbox.Node;

/// <summary>Kubernetes' <c>$(NAME)</c> in commands, arguments and values of variables; <c>$$</c> is a dollar sign.</summary>
internal static class VariableExpansion
{
    /// <summary>References to unknown names stay as they are.</summary>
    public static string Expand(string text, IReadOnlyDictionary<string, string> variables)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
        {
            return text;
        }
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                result.Append(text[i]);
            }
            else if (text[i + 1] == '$')
            {
                result.Append('$');
                i++;
            }
            else if (text[i + 1] == '(' && text.IndexOf(')', i + 2) is var end and > 0)
            {
                result.Append(variables.GetValueOrDefault(text[(i + 2)..end]) ?? text[i..(end + 1)]);
                i = end;
            }
            else
            {
                result.Append('$');
            }
        }
        return result.ToString();
    }
}
