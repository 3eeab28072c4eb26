using System.Net;
using Mesh.Cli.CommandLine;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Multicluster;

/// <summary>Where pods of other clusters reach a cluster's API server.</summary>
internal static class HomeAddress
{
    private const string Option = "--api-server-address";

    /// <param name="environment">Told when it is not the address of the kubeconfig.</param>
    /// <param name="home">The cluster.</param>
    /// <param name="given">What the person says; null: nothing.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="UsageException">What the person says is no such address.</exception>
    /// <exception cref="CommandFailedException">There is no address but one of this machine's own.</exception>
    public static async Task<Uri> FindAsync(
        CliEnvironment environment, KubernetesClient home, string? given, CancellationToken cancellationToken)
    {
        if (given is not null)
        {
            return Uri.TryCreate(given, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps && !IsThisMachine(address)
                ? address
                : throw new UsageException($"{Option} {given}: write it as https://address:port, an address that pods of other clusters can reach.");
        }
        if (!IsThisMachine(home.Server))
        {
            return home.Server;
        }
        // As kind and k3d have it: the kubeconfig leads through a port of this machine. What the cluster's own pods are led to is real.
        var context = home.Connection.Context;
        if (await PublishedAsync(home, cancellationToken) is not { } published)
        {
            throw new CommandFailedException(
                $"The context {context} leads to {home.Server}, which is this machine to whoever asks, so pods of another cluster would not reach it, "
                + $"and default/kubernetes names no other address. Say where they can reach it: {Option} https://address:port.");
        }
        await environment.Error.WriteLineAsync(
            $"mesh: the context {context} leads to this machine ({home.Server}); silos will use {published}, where the pods of that cluster find its API "
            + $"server. If pods of other clusters do not reach it there, say {Option}.");
        return published;
    }

    private static async Task<Uri?> PublishedAsync(KubernetesClient home, CancellationToken cancellationToken)
    {
        var slices = await home.ListAsync<EndpointSlice>(
            "default", new ListOptions { LabelSelector = "kubernetes.io/service-name=kubernetes" }, cancellationToken);
        return slices.Items
            .SelectMany(slice => slice.Endpoints.Where(e => e.Conditions.Ready != false).SelectMany(e => e.Addresses)
                .SelectMany(address => slice.Ports.Where(p => p.Port is > 0).Select(p => Address(address, p.Port!.Value))))
            .OrderBy(a => a.Host, StringComparer.Ordinal)
            .FirstOrDefault(a => !IsThisMachine(a));
    }

    private static Uri Address(string address, int port) => new(address.Contains(':') ? $"https://[{address}]:{port}" : $"https://{address}:{port}");

    private static bool IsThisMachine(Uri address) =>
        address.IsLoopback || (IPAddress.TryParse(address.DnsSafeHost, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)));
}
