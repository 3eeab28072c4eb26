using System.Globalization;
using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Soak;

/// <summary>How long, and with which random numbers.</summary>
internal sealed record SoakOptions
{
    public const string Verb = "--soak";

    public const string Usage = """
        usage: build.sh bench --soak [--minutes N] [--seed N]

          --minutes  how long, fractions allowed; 60 unless told
          --seed     repeats the disturbances of an earlier run, as far as threads allow
        """;

    // Below it there is nothing to compare.
    private const double Shortest = 0.5;

    public TimeSpan Duration { get; init; } = TimeSpan.FromHours(1);

    public int Seed { get; init; } = Random.Shared.Next();

    /// <summary>What happens before this is not judged: code is compiled, pools and caches fill.</summary>
    public TimeSpan WarmUp => Duration / 3 < TimeSpan.FromMinutes(5) ? Duration / 3 : TimeSpan.FromMinutes(5);

    /// <exception cref="BenchmarkException">Something is not understood; says what.</exception>
    public static SoakOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new SoakOptions();
        for (var rest = arguments; rest.Length > 0; rest = rest[2..])
        {
            options = rest switch
            {
                ["--minutes", var text, ..]
                    when double.TryParse(text, CultureInfo.InvariantCulture, out var minutes) && minutes >= Shortest =>
                    options with { Duration = TimeSpan.FromMinutes(minutes) },
                ["--seed", var text, ..] when int.TryParse(text, CultureInfo.InvariantCulture, out var seed) =>
                    options with { Seed = seed },
                _ => throw new BenchmarkException($"'{string.Join(' ', rest.ToArray())}' is not understood here.\n{Usage}"),
            };
        }
        return options;
    }
}
