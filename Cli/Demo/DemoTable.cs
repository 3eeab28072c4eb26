using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Cli.Demo;

/// <summary>Reads the tables that <c>kubectl</c> and <c>mesh viz</c> print: cells lie under their header, since some are blank.</summary>
internal static partial class DemoTable
{
    /// <returns>One dictionary per row, from column name to cell; a blank cell is an empty string.</returns>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Parse(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0)
        {
            return [];
        }
        var columns = Header().Matches(lines[0]).Select(m => (Name: m.Value, Start: m.Index)).ToList();
        return lines.Skip(1).Select(line => Row(line, columns)).ToList();
    }

    /// <summary>"10.3rps" is 10.3, "99.50%" is 99.5; null for "-" and everything else that is not a number.</summary>
    public static double? Number(string cell)
    {
        var digits = Leading().Match(cell);
        return digits.Success ? double.Parse(digits.Value, CultureInfo.InvariantCulture) : null;
    }

    private static IReadOnlyDictionary<string, string> Row(string line, List<(string Name, int Start)> columns)
    {
        // Numbers are aligned to the right, under the end of their header; words to the left. A cell is the word that overlaps the header
        // or, where none does, the one that begins in the gap before it.
        var words = Cell().Matches(line).Select(m => (Text: m.Value, Start: m.Index, End: m.Index + m.Length)).ToList();
        var cells = columns.ToDictionary(c => c.Name, _ => "");
        for (var i = 0; i < columns.Count; i++)
        {
            var (name, start) = columns[i];
            var end = start + name.Length;
            var hit = words.FirstOrDefault(w => w.Start < end && w.End > start);
            cells[name] = hit.Text ?? "";
        }
        return cells;
    }

    [GeneratedRegex(@"\S+( \S+)*")]
    private static partial Regex Header();

    [GeneratedRegex(@"\S+( \S+)*")]
    private static partial Regex Cell();

    [GeneratedRegex(@"^\d+(\.\d+)?")]
    private static partial Regex Leading();
}
