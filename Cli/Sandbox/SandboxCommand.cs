using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Mesh.Cli.CommandLine;

namespace Mesh.Cli.Sandbox;

/// <summary><c>mesh sandbox …</c>: hands everything on to the sandbox program, which is built beside this one.</summary>
internal static class SandboxCommand
{
    public const string Name = "sandbox";
    private const string ProgramVariable = "MESH_SANDBOX_PROGRAM";

    /// <summary>For the help text; the arguments never get this far.</summary>
    public static Command Create() =>
        new(Name, "Kubernetes-compatible clusters on this machine: up, down, status, cut, heal. Run `mesh sandbox --help`.");

    /// <returns>The sandbox program's exit code.</returns>
    /// <exception cref="CommandFailedException">There is no such program.</exception>
    public static async Task<int> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var program = Environment.GetEnvironmentVariable(ProgramVariable) is { Length: > 0 } named ? named : BesideThisProgram();
        if (!File.Exists(program))
        {
            throw new CommandFailedException($"The sandbox program {program} is not there. Run `./build.sh build`, or set {ProgramVariable} to it.");
        }
        var isAssembly = program.EndsWith(".dll", StringComparison.Ordinal);
        var start = isAssembly
            ? new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet", [program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        try
        {
            using var process = Process.Start(start)!;
            // An interrupt from the terminal reaches the sandbox too; it ends in its own way, and this waits for it.
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        catch (Win32Exception e)
        {
            throw new CommandFailedException($"The sandbox program {program} cannot be started: {e.Message}", e);
        }
    }

    private static string BesideThisProgram()
    {
        // artifacts/bin/Mesh.Cli/release -> artifacts/bin/Mesh.Sandbox/release
        var folder = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(folder.Parent?.Parent?.FullName ?? folder.FullName, "Mesh.Sandbox", folder.Name, "Mesh.Sandbox.dll");
    }
}
