using System.Diagnostics;
using System.Text;

namespace Mesh.Cli.Demo;

/// <summary>Runs the demo's commands in a shell, as a person would type them: <c>mesh</c> and <c>kubectl</c> are on the path.</summary>
internal sealed class DemoShell : IDisposable
{
    private readonly Dictionary<string, string> _environment = [];

    /// <param name="kubeconfig">Which kubeconfig the commands use; null: the user's.</param>
    public DemoShell(string? kubeconfig)
    {
        WorkingDirectory = Directory.CreateTempSubdirectory("mesh-demo-").FullName;
        var commands = Directory.CreateDirectory(Path.Combine(WorkingDirectory, ".commands")).FullName;
        var mesh = Path.Combine(commands, "mesh");
        File.WriteAllText(mesh, $"#!/bin/sh\nexec {MeshCommand()} \"$@\"\n");
        File.SetUnixFileMode(mesh, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _environment["PATH"] = $"{commands}:{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin";
        if (kubeconfig is not null)
        {
            _environment["KUBECONFIG"] = kubeconfig;
        }
    }

    /// <summary>Where the commands run; the guide's manifests lie here.</summary>
    public string WorkingDirectory { get; }

    /// <returns>The exit code, and standard output and standard error as they came.</returns>
    public async Task<ShellResult> RunAsync(string command, Action<string>? onLine, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-o", "pipefail", "-c", command])
        {
            WorkingDirectory = WorkingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }
        using var process = new Process { StartInfo = start };
        var output = new StringBuilder();
        var errors = new StringBuilder();
        process.OutputDataReceived += (_, e) => Take(e.Data, output, onLine);
        process.ErrorDataReceived += (_, e) => Take(e.Data, errors, onLine);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new ShellResult(process.ExitCode, output.ToString(), errors.ToString());
    }

    public void Dispose() => Directory.Delete(WorkingDirectory, recursive: true);

    private static void Take(string? line, StringBuilder into, Action<string>? onLine)
    {
        if (line is null)
        {
            return;
        }
        lock (into)
        {
            into.Append(line).Append('\n');
        }
        onLine?.Invoke(line);
    }

    private static string MeshCommand()
    {
        var program = Environment.ProcessPath ?? "dotnet";
        var assembly = typeof(DemoShell).Assembly.Location;
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? $"'{program}' '{assembly}'" : $"'{program}'";
    }
}
