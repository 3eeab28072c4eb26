using System.Text.Json;

namespace Mesh.Cli.Viz;

/// <summary>Rows as JSON with Linkerd's names.</summary>
internal static class VizJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Write<T>(IEnumerable<T> rows) => JsonSerializer.Serialize(rows, Indented);
}
