using System.CommandLine;
using Mesh.Cli.CommandLine;

namespace Mesh.Cli.Multicluster;

/// <summary><c>mesh multicluster …</c>, also <c>mesh mc …</c>.</summary>
internal static class MulticlusterCommand
{
    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var command = new Command("multicluster", "Link clusters, so that services of one appear in the other.")
        {
            MulticlusterInstallCommand.Create(environment, globals),
            LinkCommand.Create(environment, globals),
            UnlinkCommand.Create(environment, globals),
            LinksCommand.Create(environment, globals),
            MulticlusterCheckCommand.Create(environment, globals),
            MulticlusterUninstallCommand.Create(environment, globals),
        };
        command.Aliases.Add("mc");
        return command;
    }
}
