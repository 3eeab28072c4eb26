using System.CommandLine;
using Mesh.Cli.CommandLine;

namespace Mesh.Cli.Viz;

/// <summary><c>mesh viz …</c>: what the mesh sees of the traffic.</summary>
internal static class VizCommand
{
    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var install = new Command("install", "Not needed: the control plane has it built in.");
        install.SetAction(async (_, _) =>
        {
            await environment.Error.WriteLineAsync("mesh: viz is a part of the control plane; `mesh install` is all it takes.");
            return 0;
        });
        return new Command("viz", "What the mesh sees of the traffic.")
        {
            StatCommand.Create(environment, globals),
            AuthzCommand.Create(environment, globals),
            VizCheckCommand.Create(environment, globals),
            install,
        };
    }
}
