using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Multicluster;

/// <summary><c>mesh multicluster unlink</c>: prints a Link for <c>kubectl delete -f -</c>; its mirror services go with it.</summary>
internal static class UnlinkCommand
{
    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var name = new Option<string>("--cluster-name") { Description = "The Link's name.", Required = true };
        var ns = LinkCommand.NamespaceOption();
        var format = LinkCommand.FormatOption();
        var command = new Command("unlink", "Print a Link, for kubectl delete -f -. Its mirror services go with it.") { name, ns, format };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var (linkName, linkNamespace) = (parse.GetValue(name)!, parse.GetValue(ns)!);
            using var kubernetes = globals.Connect(parse);
            if (await kubernetes.GetOrNullAsync<Link>(linkNamespace, linkName, cancellationToken) is null)
            {
                var others = await LinkList.ReadAsync(kubernetes, cancellationToken);
                var known = others.Count == 0 ? "none" : string.Join(", ", others.Select(l => $"{l.Metadata.Namespace}/{l.Metadata.Name}"));
                throw new CommandFailedException($"There is no Link {linkNamespace}/{linkName} in this cluster. Links there: {known}.");
            }
            var link = new JsonObject
            {
                ["apiVersion"] = Link.Definition.ApiVersion,
                ["kind"] = Link.Definition.Kind,
                ["metadata"] = new JsonObject { ["name"] = linkName, ["namespace"] = linkNamespace },
            };
            await environment.Output.WriteAsync(LinkCommand.Format(link, parse.GetValue(format)!));
            return 0;
        });
        return command;
    }
}
