using System.CommandLine;
using Mesh.Cli.CommandLine;

namespace Mesh.Cli.Check;

/// <summary><c>mesh check</c>: whether the mesh is well in a cluster, with a hint for everything that is not.</summary>
internal static class CheckCommand
{
    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var options = new CheckOptions();
        var before = new Option<bool>("--pre") { Description = "Whether the mesh can be installed." };
        var proxy = new Option<bool>("--proxy") { Description = "Also the pods that are in the mesh." };
        var ns = new Option<string?>("--namespace", "-n") { Description = "With --proxy: only this namespace." };
        var command = new Command("check", "Check the mesh in a cluster, with a hint for everything that is not well.") { before, proxy, ns };
        options.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var target = new CheckTarget(environment, globals, parse);
            List<CheckCategory> categories = [.. KubernetesChecks.Create(target)];
            if (parse.GetValue(before))
            {
                categories.Add(InstallationChecks.Before(target));
            }
            else
            {
                categories.AddRange(
                [
                    InstallationChecks.Config(target), InstallationChecks.Existence(target), IdentityChecks.Create(target),
                    ControlPlaneChecks.Version(target), ControlPlaneChecks.Silos(target), ControlPlaneChecks.Nodes(target),
                ]);
                if (parse.GetValue(proxy))
                {
                    categories.Add(DataPlaneChecks.Create(target, parse.GetValue(ns)));
                }
            }
            return await options.RunAsync(environment, parse, categories, cancellationToken);
        });
        return command;
    }
}
