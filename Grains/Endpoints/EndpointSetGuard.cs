using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Endpoints;

/// <summary>
/// Judges what another cluster says of a service of its own. A cluster that is taken over, or wrongly set up, must not be able to send this
/// cluster's pods to addresses that are none of its own, nor to fill this cluster's memory.
/// </summary>
internal static class EndpointSetGuard
{
    /// <summary>More than a service has pods: Kubernetes itself is tested with 5,000 nodes and 10,000 pods behind one service.</summary>
    public const int MaxEndpoints = 10_000;

    private const int MaxPorts = 1_000;

    private static readonly IPNetwork[] Never =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("224.0.0.0/3"),
        IPNetwork.Parse("::/127"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("ff00::/8"),
    ];

    /// <param name="said">What the other cluster says.</param>
    /// <param name="asked">The service it was asked about.</param>
    /// <param name="networks">Where the other cluster's pods can be, in CIDR notation.</param>
    /// <param name="problem">What is wrong with it, for the log; null: nothing.</param>
    /// <returns>What of it is used, under the version it was said with; null: nothing, it is about something else.</returns>
    public static EndpointSetSnapshot? Accept(
        EndpointSetSnapshot said, ServiceKey asked, IEnumerable<string> networks, out string? problem)
    {
        problem = null;
        if (said.Service != asked)
        {
            problem = $"it speaks of {said.Service} where {asked} was asked about";
            return null;
        }
        if (said.Ports.IsDefault || said.Endpoints.IsDefault || said.Ports.Length > MaxPorts)
        {
            problem = $"its answer has no endpoints or more than {MaxPorts} ports";
            return null;
        }
        if (said.Endpoints.Length > MaxEndpoints)
        {
            problem = $"it names {said.Endpoints.Length} endpoints, of which the first {MaxEndpoints} are used";
            said = said with { Endpoints = said.Endpoints[..MaxEndpoints] };
        }
        var allowed = networks.Select(text => IPNetwork.TryParse(text, out var network) ? network : (IPNetwork?)null).OfType<IPNetwork>().ToArray();
        if (said.Endpoints.FirstOrDefault(endpoint => !IsAllowed(endpoint, allowed)) is { } outsider)
        {
            var kept = said.Endpoints.RemoveAll(endpoint => !IsAllowed(endpoint, allowed));
            problem = $"{(problem is null ? "" : problem + "; ")}{said.Endpoints.Length - kept.Length} of its endpoints, such as {outsider.Ip}, are "
                + "where none of its pods can be and are left out";
            said = said with { Endpoints = kept };
        }
        return said;
    }

    private static bool IsAllowed(EndpointSpec endpoint, IPNetwork[] networks)
    {
        if (endpoint is null || !IPAddress.TryParse(endpoint.Ip, out var address))
        {
            return false;
        }
        // Written as IPv6, an IPv4 address would get past the list.
        if (address.IsIPv4MappedToIPv6 || (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0))
        {
            return false;
        }
        return !Never.Any(network => network.Contains(address)) && networks.Any(network => network.Contains(address));
    }
}
