using System.CommandLine;
using Mesh.Cli.Check;
using Mesh.Cli.CommandLine;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Viz;

/// <summary><c>mesh viz check</c>: whether traffic can be asked for.</summary>
internal static class VizCheckCommand
{
    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var options = new CheckOptions();
        var command = new Command("check", "Check that traffic can be asked for.");
        options.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var target = new CheckTarget(environment, globals, parse);
            return await options.RunAsync(environment, parse, [.. KubernetesChecks.Create(target), Viz(target)], cancellationToken);
        });
        return command;
    }

    private static CheckCategory Viz(CheckTarget target) => new("mesh-viz",
    [
        new CheckItem($"{MeshNames.Viz} Service exists", "run `mesh install | kubectl apply -f -`",
            async c => await target.RequireAsync<Service>(target.MeshNamespace, MeshNames.Viz, c)) { Fatal = true },
        new CheckItem(
            "can get a token for the viz API",
            $"whoever reads traffic must be allowed to create serviceaccounts/token for {target.MeshNamespace}/{MeshNames.Viz}",
            async c => await target.Viz.TokenAsync(c)) { Fatal = true },
        new CheckItem(
            "viz API answers",
            $"see `mesh check`, and `kubectl -n {target.MeshNamespace} logs statefulset/{MeshNames.Silo}`",
            async c => await target.Viz.StatAsync(new VizQuery("", "namespace", "", TimeSpan.FromMinutes(1)), c)) { Fatal = true, Retry = true },
    ]);
}
