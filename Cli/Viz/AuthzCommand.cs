using System.CommandLine;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Multicluster;
using Mesh.Cli.Tables;
using Mesh.Interfaces.Viz;
using Mesh.Kubernetes;

namespace Mesh.Cli.Viz;

/// <summary><c>mesh viz authz</c>: what each policy lets in, and what is turned away. The table is Linkerd's.</summary>
internal static class AuthzCommand
{
    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var options = new VizOptions();
        var command = new Command("authz", "Inbound traffic by the policy that allowed it; without an authorization, what was denied.");
        options.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var connection = globals.Connection(parse);
            var queries = options.Queries(parse, connection.Namespace);
            using var kubernetes = new KubernetesClient(connection, environment.Time);
            var viz = new VizClient(kubernetes, globals.Namespace(parse));
            var rows = new List<VizAuthzRow>();
            foreach (var (_, query) in queries)
            {
                rows.AddRange(await viz.AuthzAsync(query, cancellationToken));
            }
            if (options.Output(parse) == "json")
            {
                await environment.Output.WriteLineAsync(VizJson.Write(rows));
            }
            else if (rows.Count == 0)
            {
                await environment.Error.WriteLineAsync("No traffic found.");
            }
            else
            {
                await environment.Output.WriteAsync(Table(rows));
            }
            if (options.Output(parse) != "json")
            {
                await LinkWarnings.WriteAsync(environment.Error, viz, cancellationToken);
            }
            return 0;
        });
        return command;
    }

    internal static string Table(IReadOnlyList<VizAuthzRow> rows)
    {
        var table = new TextTable(2,
            new TableColumn("ROUTE", Right: false), new TableColumn("SERVER", Right: false), new TableColumn("AUTHORIZATION", Right: false),
            new TableColumn("UNAUTHORIZED"), new TableColumn("SUCCESS"), new TableColumn("RPS"),
            new TableColumn("LATENCY_P50"), new TableColumn("LATENCY_P95"), new TableColumn("LATENCY_P99"));
        foreach (var row in rows)
        {
            table.Add(
                row.Route, row.Server, row.Authorization, VizFormat.Rate(row.Unauthorized), VizFormat.Share(row.Success), VizFormat.Rate(row.Rps),
                VizFormat.Latency(row.LatencyP50), VizFormat.Latency(row.LatencyP95), VizFormat.Latency(row.LatencyP99));
        }
        return table.ToString();
    }
}
