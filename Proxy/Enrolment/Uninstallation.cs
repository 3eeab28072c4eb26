using Mesh.Proxy.Cni;
using Mesh.Proxy.Netns;
using Mesh.Proxy.NetworkRules;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Enrolment;

/// <summary>
/// <c>Mesh.Proxy uninstall-cni</c>: leaves the node as if the mesh had never been on it, and running pods with a plain network.
/// </summary>
internal static class Uninstallation
{
    /// <returns>The exit code: 1 when a pod's rules could not be taken away.</returns>
    public static async Task<int> RunAsync(ProxyOptions options, TextWriter output)
    {
        foreach (var file in CniInstaller.Uninstall(options))
        {
            output.WriteLine($"mesh-cni taken out of {file}");
        }
        var exitCode = 0;
        var nftables = new Nftables(TimeProvider.System);
        foreach (var enrolment in new EnrolmentFile(options.EnrolmentFile, NullLogger.Instance).Load())
        {
            try
            {
                using var netns = NetworkNamespace.Open(enrolment.NetnsPath);
                if (netns.Inode == enrolment.NetnsInode)
                {
                    await nftables.ApplyAsync(netns, RedirectRules.RemovalScript, CancellationToken.None);
                    if (await new SourceAddressSetup(nftables).TryRemoveAsync(netns, CancellationToken.None) is { } left)
                    {
                        throw new NetworkRulesException(left);
                    }
                    output.WriteLine($"redirect rules taken out of pod {enrolment.Namespace}/{enrolment.Pod}");
                }
            }
            catch (FileNotFoundException)
            {
                // The pod is gone, and its rules with it.
            }
            catch (Exception failure) when (failure is NetworkRulesException or IOException)
            {
                output.WriteLine(
                    $"redirect rules of pod {enrolment.Namespace}/{enrolment.Pod} left: {failure.Message}. Restart the pod.");
                exitCode = 1;
            }
        }
        File.Delete(options.EnrolmentFile);
        return exitCode;
    }
}
