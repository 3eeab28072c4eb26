using Mesh.Benchmarks.Comparisons;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Results;

namespace Mesh.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchOptions
{
    public static readonly string Usage = $"""
        usage: build.sh bench [--only FIGURE[,FIGURE…]] [--quick] [--json FILE] [--compare] [--record]

          --only     just these: {string.Join(", ", Names)}
          --quick    fewer rounds, disturbed measurements not repeated: a first impression
          --json     writes the results to a file as well
          --compare  exit code 1 when a ratio is more than {Regression.Tolerance:P0} worse than the committed one
          --record   writes docs/benchmarks/, the results to commit
        """;

    private const int QuickRounds = 2;

    /// <summary>Measurements of each pair. A median needs an odd number.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>How often a disturbed measurement is made at most.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>Names from <see cref="Names"/>; empty: all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    public string? Json { get; init; }

    public bool Compare { get; init; }

    public bool Record { get; init; }

    /// <summary>Everything that <see cref="Only"/> can name.</summary>
    public static IEnumerable<string> Names =>
        Catalog.Comparisons.Select(entry => entry.Name).Concat(Catalog.Values.Select(entry => entry.Name));

    /// <exception cref="BenchmarkException">Something is not understood; says what.</exception>
    public static BenchOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new BenchOptions();
        for (var rest = arguments; rest.Length > 0;)
        {
            switch (rest)
            {
                case ["--only", var names, ..]:
                    options = options with { Only = Known(names.Split(',')) };
                    rest = rest[2..];
                    break;
                case ["--json", var file, ..]:
                    options = options with { Json = file };
                    rest = rest[2..];
                    break;
                case ["--quick", ..]:
                    options = options with { Rounds = QuickRounds, Attempts = 1 };
                    rest = rest[1..];
                    break;
                case ["--compare", ..]:
                    options = options with { Compare = true };
                    rest = rest[1..];
                    break;
                case ["--record", ..]:
                    options = options with { Record = true };
                    rest = rest[1..];
                    break;
                default:
                    throw new BenchmarkException($"'{rest[0]}' is not understood here.\n{Usage}");
            }
        }
        return options;
    }

    public bool Wants(string name) => Only.Count == 0 || Only.Contains(name);

    private static string[] Known(string[] names) => Array.Find(names, name => !Names.Contains(name)) is { } unknown
        ? throw new BenchmarkException($"There is no figure '{unknown}'.\n{Usage}")
        : names;
}
