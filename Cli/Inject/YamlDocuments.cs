namespace Mesh.Cli.Inject;

/// <summary>Cuts a YAML stream into its documents without losing a character.</summary>
internal static class YamlDocuments
{
    /// <summary>Each part but the first begins with its <c>---</c> line; put together they are the input (with a line break at the end).</summary>
    public static IEnumerable<string> Split(string text)
    {
        var document = new System.Text.StringBuilder();
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            // A separator stands at the beginning of a line; inside of a block scalar every line is indented.
            if (line.StartsWith("---", StringComparison.Ordinal) && (line.Length == 3 || line[3] is ' ' or '\t' or '\r') && document.Length > 0)
            {
                yield return document.ToString();
                document.Clear();
            }
            document.Append(line).Append('\n');
        }
        yield return document.ToString();
    }
}
