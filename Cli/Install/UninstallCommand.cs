using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;
using Mesh.Kubernetes;

namespace Mesh.Cli.Install;

/// <summary><c>mesh uninstall</c>: prints what <c>mesh install</c> made, for <c>kubectl delete -f -</c>.</summary>
internal static class UninstallCommand
{
    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var command = new Command("uninstall", "Print what install made, for kubectl delete -f -. Pods are out of the mesh once restarted.");
        command.SetAction(async (parse, _) =>
        {
            var objects = new ManifestObjects([.. ManifestResources.Read("control-plane"), .. ManifestResources.Read("crds")]);
            var meshNamespace = globals.Namespace(parse);
            objects.Replace(MeshNames.Namespace, meshNamespace);
            await environment.Output.WriteAsync(NamesOnly(objects.All, ns => ns != meshNamespace));
            return 0;
        });
        return command;
    }

    /// <summary>Just enough of each object to delete it.</summary>
    /// <param name="objects">The objects.</param>
    /// <param name="keep">Whether objects of a namespace (null: of none) are named; the others go with their namespace.</param>
    public static string NamesOnly(IEnumerable<JsonObject> objects, Func<string?, bool> keep) => KubernetesYaml.WriteAll(
        objects
            .Where(o => keep(o["metadata"]?["namespace"]?.ToString()))
            .Select(o => new JsonObject
            {
                ["apiVersion"] = o["apiVersion"]!.DeepClone(),
                ["kind"] = o["kind"]!.DeepClone(),
                ["metadata"] = Metadata(o["metadata"]!),
            }));

    private static JsonObject Metadata(JsonNode metadata)
    {
        var result = new JsonObject { ["name"] = metadata["name"]!.DeepClone() };
        if (metadata["namespace"] is { } ns)
        {
            result["namespace"] = ns.DeepClone();
        }
        return result;
    }
}
