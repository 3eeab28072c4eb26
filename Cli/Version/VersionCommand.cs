using System.CommandLine;
using Mesh.Cli.CommandLine;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Version;

/// <summary><c>mesh version</c>: this program's version and the control plane's.</summary>
internal static class VersionCommand
{
    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var client = new Option<bool>("--client") { Description = "Only this program's version; no cluster is asked." };
        var brief = new Option<bool>("--short") { Description = "Only the numbers." };
        var command = new Command("version", "Print the versions of this program and of the control plane.") { client, brief };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var labelled = !parse.GetValue(brief);
            await environment.Output.WriteLineAsync($"{(labelled ? "Client version: " : "")}{MeshNames.Version}");
            if (!parse.GetValue(client))
            {
                var server = await ServerVersionAsync(globals, parse, cancellationToken) ?? "unavailable";
                await environment.Output.WriteLineAsync($"{(labelled ? "Server version: " : "")}{server}");
            }
            return 0;
        });
        return command;
    }

    private static async Task<string?> ServerVersionAsync(GlobalOptions globals, ParseResult parse, CancellationToken cancellationToken)
    {
        try
        {
            using var kubernetes = globals.Connect(parse);
            var config = await kubernetes.GetOrNullAsync<ConfigMap>(globals.Namespace(parse), MeshNames.ConfigMap, cancellationToken);
            return config?.Data.GetValueOrDefault("version");
        }
        catch (Exception e) when (e is KubernetesException or KubernetesConfigurationException or HttpRequestException or TimeoutException)
        {
            // Which is what "unavailable" says.
            return null;
        }
    }
}
