using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Results;

/// <summary>Results as JSON: an array of lines.</summary>
internal static class ResultFile
{
    /// <summary>The results of the repository, from its root.</summary>
    public const string Committed = "docs/benchmarks/results.json";

    // Figures are read by people; the default would write µ and + as escapes.
    private static readonly FigureJson Json = new(new JsonSerializerOptions(FigureJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static void Write(string path, IReadOnlyList<FigureResult> results)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory)
        {
            Directory.CreateDirectory(directory);
        }
        File.WriteAllText(path, JsonSerializer.Serialize(results, Json.IReadOnlyListFigureResult) + "\n");
    }

    /// <exception cref="BenchmarkException">There is no such file, or it is not one of results.</exception>
    public static IReadOnlyList<FigureResult> Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), Json.IReadOnlyListFigureResult) ?? [];
        }
        catch (Exception failure) when (failure is IOException or JsonException)
        {
            throw new BenchmarkException($"{path} cannot be read as results: {failure.Message}");
        }
    }
}
