using System.Text;

namespace Mesh.Cli.Tables;

/// <summary>A plain table of aligned columns, as kubectl and Linkerd print them: no lines, no colours, nothing at the ends of lines.</summary>
internal sealed class TextTable(int spacing, params IReadOnlyList<TableColumn> columns)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public override string ToString()
    {
        string[][] lines = [[.. columns.Select(c => c.Heading)], .. _rows];
        var widths = columns.Select((_, i) => lines.Max(l => l[i].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            var cells = line.Select((cell, i) => columns[i].Right ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            text.Append(string.Join(new string(' ', spacing), cells).TrimEnd()).Append('\n');
        }
        return text.ToString();
    }
}
