using System.Diagnostics;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>Starts the sandbox's long-running programs so that they outlive the command that started them.</summary>
internal static class DetachedProcess
{
    /// <summary>
    /// Starts this very program with other arguments, in a network namespace, in a session of its own, its output going to a file,
    /// and writes the pid file.
    /// </summary>
    public static async Task<ProcessIdentity> StartSelfAsync(
        string networkNamespace, IEnumerable<string> arguments, string logPath, string pidPath, CancellationToken cancellationToken)
    {
        var (host, prefix) = DotnetProgram.Command(DotnetProgram.Self);
        // Every step is an exec, so the id of the shell is the id of the program.
        var start = new ProcessStartInfo("sh",
            ["-c", "log=$0; exec setsid nsenter --net=\"$@\" >>\"$log\" 2>&1 </dev/null", logPath,
                NetworkNamespaces.PathOf(networkNamespace), "--", host, .. prefix, .. arguments]);
        start.Environment["PATH"] = ExternalCommand.SearchPath;
        // Several of these share the machine with what they run.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.WorkingDirectory = "/";
        using var process = Process.Start(start)!;
        var identity = ProcessIdentity.Of(process.Id)
            ?? throw new SandboxException($"'{string.Join(' ', arguments)}' ended at once; see {logPath}");
        await File.WriteAllTextAsync(pidPath, identity.ToString(), cancellationToken);
        return identity;
    }

    /// <summary>The process a pid file names, if it still runs.</summary>
    public static ProcessIdentity? Running(string pidPath)
    {
        try
        {
            return ProcessIdentity.Parse(File.ReadAllText(pidPath)) is { } identity && identity.IsAlive() ? identity : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
