using System.CommandLine;
using System.Globalization;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Tables;
using Mesh.Cli.Viz;
using Mesh.Interfaces.Links;
using Mesh.Interfaces.Viz;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Multicluster;

/// <summary><c>mesh multicluster links</c>: each Link of the cluster, whether its target is followed, and what is wrong if not.</summary>
internal static class LinksCommand
{
    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var format = new Option<string>("--output", "-o") { Description = "table or json.", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "json");
        var command = new Command("links", "Show this cluster's Links: whether their target clusters are followed, and if not, why.") { format };
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var kubernetes = globals.Connect(parse);
            var links = await LinkList.ReadAsync(kubernetes, cancellationToken);
            var status = await new VizClient(kubernetes, globals.Namespace(parse)).StatusAsync(cancellationToken);
            if (parse.GetValue(format) == "json")
            {
                await environment.Output.WriteLineAsync(VizJson.Write(status.Links));
                return 0;
            }
            if (links.Count == 0)
            {
                await environment.Error.WriteLineAsync("No Links found. `mesh multicluster link` makes one.");
                return 0;
            }
            await environment.Output.WriteAsync(Table(links, status, environment.Time.GetUtcNow()));
            await LinkWarnings.WriteAsync(environment.Error, status);
            return 0;
        });
        return command;
    }

    internal static string Table(IReadOnlyList<Link> links, MeshStatus status, DateTimeOffset now)
    {
        var table = new TextTable(2,
            new TableColumn("NAMESPACE", Right: false), new TableColumn("LINK", Right: false), new TableColumn("CLUSTER", Right: false),
            new TableColumn("STATE", Right: false), new TableColumn("SINCE"), new TableColumn("SILOS"), new TableColumn("MIRRORS"));
        foreach (var link in links.OrderBy(l => l.Metadata.Namespace, StringComparer.Ordinal).ThenBy(l => l.Metadata.Name, StringComparer.Ordinal))
        {
            var row = status.Links.FirstOrDefault(l => l.Name == link.Metadata.Name && l.Namespace == link.Metadata.Namespace);
            var cluster = row?.TargetCluster ?? link.Spec.TargetClusterName;
            var silos = status.Silos.Where(s => s.Cluster == cluster).ToList();
            table.Add(
                link.Metadata.Namespace ?? "", link.Metadata.Name, cluster, row?.State ?? nameof(LinkState.UnknownCluster), Since(link, now),
                string.Create(CultureInfo.InvariantCulture, $"{silos.Count(s => s.Alive)}/{silos.Count}"),
                (row?.Mirrors ?? 0).ToString(CultureInfo.InvariantCulture));
        }
        return table.ToString();
    }

    private static string Since(Link link, DateTimeOffset now)
    {
        var changed = link.Status.Conditions.FirstOrDefault(c => c.Type == "Connected")?.LastTransitionTime;
        return changed is not { } at ? "-" : (now - at) switch
        {
            { TotalSeconds: < 120 } age => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.TotalSeconds):0}s"),
            { TotalMinutes: < 120 } age => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:0}m"),
            { TotalHours: < 48 } age => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0}h"),
            var age => string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:0}d"),
        };
    }
}
