using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Install;
using Mesh.Kubernetes;

namespace Mesh.Cli.Multicluster;

/// <summary><c>mesh multicluster install</c>: prints what a cluster needs to be linked.</summary>
internal static class MulticlusterInstallCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var gateway = GatewayOption.Create();
        var command = new Command("install", "Print the namespace that Links live in, for kubectl apply -f -.") { gateway };
        command.SetAction(async (parse, _) =>
        {
            GatewayOption.Refuse(parse.GetValue(gateway));
            await environment.Output.WriteAsync(KubernetesYaml.WriteAll(Objects()));
            return 0;
        });
        return command;
    }

    public static IReadOnlyList<JsonObject> Objects() => ManifestResources.Read("multicluster");
}
