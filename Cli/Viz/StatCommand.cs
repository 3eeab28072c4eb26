using System.CommandLine;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Multicluster;
using Mesh.Cli.Tables;
using Mesh.Cli.Workloads;
using Mesh.Interfaces.Viz;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Viz;

/// <summary><c>mesh viz stat</c>: how much traffic workloads get, and how well it goes. The table is Linkerd's.</summary>
internal static class StatCommand
{
    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var options = new VizOptions();
        var command = new Command("stat", "Traffic that workloads receive: success rate, requests per second, latency, connections.");
        options.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var connection = globals.Connection(parse);
            var queries = options.Queries(parse, connection.Namespace);
            using var kubernetes = new KubernetesClient(connection, environment.Time);
            var viz = new VizClient(kubernetes, globals.Namespace(parse));
            var rows = new List<(WorkloadKind Kind, VizStatRow Row)>();
            foreach (var (kind, query) in queries)
            {
                var answer = await viz.StatAsync(query, cancellationToken);
                rows.AddRange(answer
                    .OrderBy(r => r.Namespace, StringComparer.Ordinal).ThenBy(r => r.Name, StringComparer.Ordinal)
                    .Select(r => (kind, r)));
            }
            var format = options.Output(parse);
            if (format == "json")
            {
                await environment.Output.WriteLineAsync(VizJson.Write(rows.Select(r => r.Row)));
            }
            else if (rows.Count == 0)
            {
                await environment.Error.WriteLineAsync("No traffic found.");
            }
            else
            {
                var phases = await PodPhasesAsync(kubernetes, queries, cancellationToken);
                await environment.Output.WriteAsync(Tables(rows, options.AllNamespaces(parse), format == "wide", phases));
            }
            if (options.Output(parse) != "json")
            {
                await LinkWarnings.WriteAsync(environment.Error, viz, cancellationToken);
            }
            return 0;
        });
        return command;
    }

    /// <summary>One table per kind, with an empty line between, as Linkerd does; names have their kind before them if there are several.</summary>
    internal static string Tables(
        IReadOnlyList<(WorkloadKind Kind, VizStatRow Row)> rows, bool allNamespaces, bool wide, IReadOnlyDictionary<string, string> podPhases)
    {
        var groups = rows.GroupBy(r => r.Kind).ToList();
        return string.Join('\n', groups.Select(g => Table(g.Key, [.. g.Select(r => r.Row)], groups.Count > 1, allNamespaces, wide, podPhases)));
    }

    private static string Table(
        WorkloadKind kind, IReadOnlyList<VizStatRow> rows, bool withKind, bool allNamespaces, bool wide, IReadOnlyDictionary<string, string> podPhases)
    {
        var withNamespace = allNamespaces && kind.Name != "namespace";
        var withStatus = kind.Name == "pod";
        var columns = new List<TableColumn>();
        if (withNamespace)
        {
            columns.Add(new TableColumn("NAMESPACE", Right: false));
        }
        columns.Add(new TableColumn("NAME", Right: false));
        if (withStatus)
        {
            columns.Add(new TableColumn("STATUS"));
        }
        columns.AddRange(
            new[] { "MESHED", "SUCCESS", "RPS", "LATENCY_P50", "LATENCY_P95", "LATENCY_P99", "TCP_CONN" }.Select(h => new TableColumn(h)));
        if (wide)
        {
            columns.AddRange([new TableColumn("READ_BYTES/SEC"), new TableColumn("WRITE_BYTES/SEC")]);
        }
        var table = new TextTable(3, columns);
        foreach (var row in rows)
        {
            var cells = new List<string>();
            if (withNamespace)
            {
                cells.Add(row.Namespace);
            }
            cells.Add(withKind ? $"{kind.ShortName}/{row.Name}" : row.Name);
            if (withStatus)
            {
                cells.Add(podPhases.GetValueOrDefault($"{row.Namespace}/{row.Name}", "-"));
            }
            cells.AddRange(
            [
                row.Meshed, VizFormat.Share(row.Success), VizFormat.Rate(row.Rps), VizFormat.Latency(row.LatencyP50),
                VizFormat.Latency(row.LatencyP95), VizFormat.Latency(row.LatencyP99), VizFormat.Count(row.TcpOpenConnections),
            ]);
            if (wide)
            {
                cells.AddRange([VizFormat.Bytes(row.TcpReadBytesRate), VizFormat.Bytes(row.TcpWriteBytesRate)]);
            }
            table.Add([.. cells]);
        }
        return table.ToString();
    }

    private static async Task<IReadOnlyDictionary<string, string>> PodPhasesAsync(
        KubernetesClient kubernetes, IReadOnlyList<(WorkloadKind Kind, VizQuery Query)> queries, CancellationToken cancellationToken)
    {
        if (queries.FirstOrDefault(q => q.Kind.Name == "pod").Query is not { } query)
        {
            return new Dictionary<string, string>();
        }
        var pods = await kubernetes.ListAllAsync<Pod>(query.Namespace.Length == 0 ? null : query.Namespace, null, cancellationToken);
        return pods.Items.ToDictionary(p => $"{p.Metadata.Namespace}/{p.Metadata.Name}", p => p.Status.Phase ?? "-");
    }
}
