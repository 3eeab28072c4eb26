using System.ComponentModel;
using System.Diagnostics;
using Mesh.Proxy.Netns;

namespace Mesh.Proxy.NetworkRules;

/// <summary>Runs nft(8) inside a network namespace.</summary>
internal sealed class Nftables(TimeProvider time)
{
    private static readonly string[] Places = ["/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", "/usr/local/sbin/nft"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Applies a script as one transaction.</summary>
    /// <exception cref="NetworkRulesException">nft is missing, refused the script or took too long. Nothing was changed.</exception>
    public async Task ApplyAsync(NetworkNamespace netns, string script, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync(netns, ["-f", "-"], script, cancellationToken);
        if (exitCode != 0)
        {
            throw new NetworkRulesException(
                $"nft refused the pod's redirect rules: {output}. The node's kernel needs nf_tables, nft_redir and nft_reject_inet, "
                + "and the proxy CAP_NET_ADMIN.");
        }
    }

    /// <summary>Whether the mesh's table is there.</summary>
    public async Task<bool> ArePresentAsync(NetworkNamespace netns, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync(netns, ["list", "table", "inet", "mesh"], string.Empty, cancellationToken);
        return exitCode == 0 && output.Contains("redirect to", StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output)> RunAsync(
        NetworkNamespace netns, string[] arguments, string input, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Array.Find(Places, File.Exists) ?? "nft", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            // A child is born into the namespace of the thread that forks it.
            process = await netns.RunAsync(() => Process.Start(start)!);
        }
        catch (Win32Exception missing)
        {
            throw new NetworkRulesException($"nft cannot be run: {missing.Message}. Install nftables where the proxy runs.");
        }
        using (process)
        {
            using var limit = new CancellationTokenSource(Patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(either.Token);
                var errors = process.StandardError.ReadToEndAsync(either.Token);
                try
                {
                    await process.StandardInput.WriteAsync(input.AsMemory(), either.Token);
                    process.StandardInput.Close();
                }
                catch (IOException)
                {
                    // It ended without reading; its exit code and its words say why.
                }
                var text = (await output + await errors).Trim();
                await process.WaitForExitAsync(either.Token);
                return (process.ExitCode, text);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                cancellationToken.ThrowIfCancellationRequested();
                throw new NetworkRulesException($"nft did not end within {Patience.TotalSeconds:0} s");
            }
        }
    }
}
