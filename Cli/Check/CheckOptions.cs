using System.CommandLine;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Viz;

namespace Mesh.Cli.Check;

/// <summary>What all check commands take, and how they end.</summary>
internal sealed class CheckOptions
{
    private readonly Option<string> _output = new("--output", "-o") { Description = "table, json or short.", DefaultValueFactory = _ => "table" };
    private readonly Option<string> _wait = new("--wait") { Description = "How long to wait for what may not be ready yet.", DefaultValueFactory = _ => "300s" };

    public void AddTo(Command command)
    {
        _output.AcceptOnlyFromAmong("table", "json", "short");
        command.Options.Add(_output);
        command.Options.Add(_wait);
    }

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(
        CliEnvironment environment, ParseResult parse, IReadOnlyList<CheckCategory> categories, CancellationToken cancellationToken)
    {
        if (!Durations.TryParse(parse.GetValue(_wait)!, out var wait))
        {
            throw new UsageException($"--wait {parse.GetValue(_wait)}: write it as 30s, 5m or 1m30s.");
        }
        ICheckReport report = parse.GetValue(_output) switch
        {
            "json" => new JsonCheckReport(environment.Output),
            var format => new TextCheckReport(environment, brief: format == "short"),
        };
        return await new CheckRunner(environment.Time, wait).RunAsync(categories, report, cancellationToken) ? 0 : 1;
    }
}
