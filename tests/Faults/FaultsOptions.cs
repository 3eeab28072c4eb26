using System.Globalization;

namespace Mesh.Faults;

/// <summary>What <c>build.sh faults</c> was asked for.</summary>
internal sealed record FaultsOptions
{
    public const string Usage = """
        usage: ./build.sh faults [name…] [options]

          name            run these faults only; without a name all of them, in the order of --list
          --list          name the faults, each with what must hold, and run none
          --seconds N     how long the faults that last are kept up (each has its own default)
          --leave-up      leave the clusters up afterwards
          --state DIR     the sandbox's state folder; one that is up there is used, and left up
          --prefix NAME   what its network namespaces are called (default faults)

        Brings up two clusters with traffic within and between them, makes one fault after the other, and prints a line for each. The exit
        code is 0 only when every promise of every fault held.
        """;

    public bool Help { get; private init; }

    public bool List { get; private init; }

    public bool LeaveUp { get; private init; }

    /// <summary>Null: a folder of its own, removed afterwards.</summary>
    public string? State { get; private init; }

    public string Prefix { get; private init; } = "faults";

    /// <summary>How long the faults that last are kept up; null: as each says.</summary>
    public TimeSpan? Duration { get; private init; }

    public IReadOnlyList<string> Names { get; private init; } = [];

    /// <exception cref="FaultException">An option is unknown, or its value makes no sense.</exception>
    public static FaultsOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new FaultsOptions();
        var names = new List<string>();
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out var argument))
        {
            options = argument switch
            {
                "--list" => options with { List = true },
                "--leave-up" => options with { LeaveUp = true },
                "--help" or "-h" => options with { Help = true },
                "--state" => options with { State = Path.GetFullPath(Value()) },
                "--prefix" => options with { Prefix = Value() },
                "--seconds" => options with { Duration = Seconds(Value()) },
                _ when argument.StartsWith('-') => throw new FaultException($"unknown option {argument}\n\n{Usage}"),
                _ => options,
            };
            if (!argument.StartsWith('-'))
            {
                names.Add(argument);
            }

            string Value() => rest.TryDequeue(out var value) ? value : throw new FaultException($"{argument} needs a value");
        }
        return options with { Names = names };
    }

    private static TimeSpan Seconds(string text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1 and <= 3600
            ? TimeSpan.FromSeconds(seconds)
            : throw new FaultException($"--seconds takes a number from 1 to 3600, not '{text}'");
}
