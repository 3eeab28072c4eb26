using Mesh.Cli.CommandLine;
using Mesh.Cli.Workloads;

namespace Mesh.Cli.Viz;

/// <summary>Resource types and names as kubectl takes them: <c>deploy</c>, <c>deploy/bb</c>, <c>deploy bb web</c>, <c>deploy,sts</c>, <c>deploy/bb po/x</c>.</summary>
internal static class ResourceArguments
{
    /// <returns>Kind and name (empty: all), in the order given, each once.</returns>
    /// <exception cref="UsageException">That is not how it is written, or there is no such kind.</exception>
    public static IReadOnlyList<(WorkloadKind Kind, string Name)> Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Any(a => a.Contains('/')))
        {
            return [.. arguments.Select(WithName).Distinct()];
        }
        var kinds = arguments[0].Split(',').Select(Kind).Distinct().ToList();
        var names = arguments.Skip(1).Distinct().ToList();
        return names.Count == 0
            ? [.. kinds.Select(k => (k, ""))]
            : [.. kinds.SelectMany(k => names.Select(n => (k, n)))];
    }

    private static (WorkloadKind Kind, string Name) WithName(string argument) =>
        argument.Split('/') is [var kind, { Length: > 0 } name]
            ? (Kind(kind), name)
            : throw new UsageException($"\"{argument}\": where one argument is type/name, all must be, such as deploy/bb.");

    private static WorkloadKind Kind(string text)
    {
        var known = string.Join(", ", WorkloadKind.All.Where(k => k.HasTraffic).Select(k => $"{k.Name} ({k.ShortName})"));
        return WorkloadKind.OfName(text) is { HasTraffic: true } kind
            ? kind
            : throw new UsageException($"\"{text}\" is not a type that traffic is known of. There are: {known}.");
    }
}
