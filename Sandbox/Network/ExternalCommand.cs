using System.ComponentModel;
using System.Diagnostics;

namespace Mesh.Sandbox.Network;

/// <summary>Runs the system's own tools (ip, nft, nsenter …) and waits for them.</summary>
internal static class ExternalCommand
{
    /// <summary>Runs <paramref name="file"/>; a cancelled run is killed.</summary>
    /// <exception cref="SandboxException">The program is not installed.</exception>
    public static async Task<CommandResult> RunAsync(
        string file, IEnumerable<string> arguments, string? input = null, CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return await RunAsync(start, input, cancellationToken);
    }

    public static async Task<CommandResult> RunAsync(ProcessStartInfo start, string? input, CancellationToken cancellationToken)
    {
        // On Debian the administrator's tools are not on everybody's path.
        start.Environment["PATH"] = SearchPath;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new SandboxException(
                $"cannot run '{start.FileName}': {exception.Message}. Install it (Debian packages: iproute2 nftables dnsmasq-base " +
                "util-linux containernetworking-plugins) and try again.", exception);
        }
        using (process)
        {
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
                var error = process.StandardError.ReadToEndAsync(cancellationToken);
                await WriteInputAsync(process, input, cancellationToken);
                await Task.WhenAll(output, error);
                await process.WaitForExitAsync(cancellationToken);
                return new CommandResult(process.ExitCode, await output, await error);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
    }

    /// <summary>As <see cref="RunAsync(string, IEnumerable{string}, string?, CancellationToken)"/>, but a failure is an exception with the tool's words.</summary>
    public static async Task<string> RequireAsync(
        string file, IEnumerable<string> arguments, string? input = null, CancellationToken cancellationToken = default)
    {
        var list = arguments.ToList();
        var result = await RunAsync(file, list, input, cancellationToken);
        return result.Succeeded
            ? result.Output
            : throw new SandboxException($"'{file} {string.Join(' ', list)}' failed ({result.ExitCode}): {result.Error.Trim()}");
    }

    /// <summary>The usual directories, whatever the caller's own PATH is.</summary>
    public static string SearchPath { get; } = string.Join(':', ((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
        .Concat(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
        .Where(d => d.Length > 0).Distinct());

    private static async Task WriteInputAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            }
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading everything; its exit code tells why.
        }
    }
}
