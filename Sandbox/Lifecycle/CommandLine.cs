using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>Splits arguments into options (<c>--name value</c>, <c>--name=value</c>, switches) and the rest.</summary>
internal sealed class CommandLine
{
    private readonly Dictionary<string, string> _options = [];

    /// <param name="arguments">As given.</param>
    /// <param name="valued">Options that take a value, without dashes.</param>
    /// <param name="switches">Options that take none.</param>
    /// <exception cref="UsageException">An unknown option, or a value is missing.</exception>
    public CommandLine(IReadOnlyList<string> arguments, IReadOnlyCollection<string> valued, IReadOnlyCollection<string> switches)
    {
        var rest = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (!argument.StartsWith("--", StringComparison.Ordinal))
            {
                rest.Add(argument);
                continue;
            }
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? argument[2..] : argument[2..equals];
            if (switches.Contains(name))
            {
                _options[name] = equals < 0 ? "true" : argument[(equals + 1)..];
            }
            else if (!valued.Contains(name))
            {
                throw new UsageException($"unknown option --{name}");
            }
            else if (equals >= 0)
            {
                _options[name] = argument[(equals + 1)..];
            }
            else if (i + 1 < arguments.Count)
            {
                _options[name] = arguments[++i];
            }
            else
            {
                throw new UsageException($"--{name} needs a value");
            }
        }
        Rest = rest;
    }

    /// <summary>The arguments that are no options, in order.</summary>
    public IReadOnlyList<string> Rest { get; }

    public string? Value(string name) => _options.GetValueOrDefault(name);

    public string Required(string name) => Value(name) ?? throw new UsageException($"--{name} is missing");

    public bool Switch(string name) => Value(name) is "true";

    public int Number(string name, int otherwise) => Value(name) is not { } text
        ? otherwise
        : int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new UsageException($"--{name} takes a number, not '{text}'");
}
