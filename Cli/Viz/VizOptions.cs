using System.CommandLine;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Workloads;

namespace Mesh.Cli.Viz;

/// <summary>What all viz questions take.</summary>
internal sealed class VizOptions
{
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromSeconds(15);

    private readonly Argument<string[]> _resources = new("resource")
    {
        Description = "Types and names as for kubectl get: deploy, deploy/bb, po, sts, ds, ns.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _namespace = new("--namespace", "-n") { Description = "The namespace; otherwise the context's." };
    private readonly Option<bool> _allNamespaces = new("--all-namespaces", "-A") { Description = "All namespaces." };
    private readonly Option<string> _window = new("--time-window", "-t") { Description = "How far back, such as 15s, 1m, 5m.", DefaultValueFactory = _ => "1m" };
    private readonly Option<string> _output = new("--output", "-o") { Description = "table, json or wide.", DefaultValueFactory = _ => "table" };

    public void AddTo(Command command)
    {
        _output.AcceptOnlyFromAmong("table", "json", "wide");
        command.Arguments.Add(_resources);
        command.Options.Add(_namespace);
        command.Options.Add(_allNamespaces);
        command.Options.Add(_window);
        command.Options.Add(_output);
    }

    public string Output(ParseResult parse) => parse.GetValue(_output)!;

    public bool AllNamespaces(ParseResult parse) => parse.GetValue(_allNamespaces);

    /// <summary>One question per kind and name.</summary>
    /// <exception cref="UsageException">Something of it cannot be.</exception>
    public IReadOnlyList<(WorkloadKind Kind, VizQuery Query)> Queries(ParseResult parse, string contextNamespace)
    {
        if (!Durations.TryParse(parse.GetValue(_window)!, out var window))
        {
            throw new UsageException($"--time-window {parse.GetValue(_window)}: write it as 15s, 1m or 1m30s.");
        }
        if (window < ShortestWindow)
        {
            throw new UsageException($"--time-window {parse.GetValue(_window)}: it must be at least {ShortestWindow.TotalSeconds:0}s.");
        }
        var ns = AllNamespaces(parse) ? "" : parse.GetValue(_namespace) ?? contextNamespace;
        // A namespace is not in a namespace.
        return
        [
            .. ResourceArguments.Parse(parse.GetValue(_resources)!).Select(r => (r.Kind, r.Kind.Name == "namespace"
                ? new VizQuery("", r.Kind.Name, r.Name, window)
                : new VizQuery(ns, r.Kind.Name, r.Name, window))),
        ];
    }
}
