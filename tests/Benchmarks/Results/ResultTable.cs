using System.Globalization;

namespace Mesh.Benchmarks.Results;

/// <summary>Results for people, as a Markdown table.</summary>
internal static class ResultTable
{
    private static readonly string[] Head = ["figure", "ours", "peer", "", "ratio", "bound", "holds"];

    /// <summary>One line for each result, columns aligned.</summary>
    public static string Format(IReadOnlyList<FigureResult> results)
    {
        var rows = results.Select(Cells).Prepend(Head).ToList();
        var widths = Enumerable.Range(0, Head.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        rows.Insert(1, [.. widths.Select(width => new string('-', Math.Max(3, width)))]);
        return string.Join('\n', rows.Select(Line));

        string Line(string[] row) => $"| {string.Join(" | ", row.Select((cell, column) => cell.PadRight(widths[column])))} |";
    }

    private static string[] Cells(FigureResult result) =>
    [
        result.Figure, Number(result.Ours), result.PeerName ?? "", Number(result.Peer), Number(result.Ratio), Number(result.Bound),
        result.Holds switch { true => "yes", false => "NO", null => "" },
    ];

    private static string Number(double? value) => value is { } number ? number.ToString("0.##", CultureInfo.InvariantCulture) : "";
}
