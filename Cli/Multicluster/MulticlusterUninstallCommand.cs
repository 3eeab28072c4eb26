using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Install;
using Mesh.Interfaces.Membership;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Serialization;

namespace Mesh.Cli.Multicluster;

/// <summary><c>mesh multicluster uninstall</c>: prints what <c>install</c> made, once no cluster is linked any more.</summary>
internal static class MulticlusterUninstallCommand
{
    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var command = new Command("uninstall", "Print what multicluster install made, for kubectl delete -f -. Refuses while there are Links.");
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var kubernetes = globals.Connect(parse);
            var links = await LinkList.ReadAsync(kubernetes, cancellationToken);
            if (links.Count > 0)
            {
                throw new CommandFailedException(
                    $"There are still Links: {string.Join(", ", links.Select(l => $"{l.Metadata.Namespace}/{l.Metadata.Name}"))}. "
                    + "Remove each with `mesh multicluster unlink --cluster-name=… | kubectl delete -f -` first.");
            }
            var ns = globals.Namespace(parse);
            List<JsonObject> objects = [.. MulticlusterInstallCommand.Objects(ns)];
            if (await kubernetes.GetOrNullAsync<Secret>(ns, HomeSecret.Name, cancellationToken) is { } joined)
            {
                objects.Add(JsonSerializer.SerializeToNode(joined, KubernetesJson.Options)!.AsObject());
            }
            await environment.Output.WriteAsync(UninstallCommand.NamesOnly(objects, _ => true));
            return 0;
        });
        return command;
    }
}
