using System.Globalization;
using Mesh.Grains.Endpoints;
using Mesh.Grains.Observed;
using Mesh.Grains.Selection;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.NodeSession;
using PortRange = Mesh.Interfaces.Endpoints.PortRange;

namespace Mesh.Grains.Policies;

/// <summary>Which ports of which pods a Server governs, and whether it is valid.</summary>
internal static class ServerPlanner
{
    /// <summary>
    /// Whether the Server is accepted. One that is not still governs what its selector and port say, and denies everything there but
    /// probes; dropping it would hand its ports to a default policy that may be wider.
    /// </summary>
    public static PolicyVerdict Judge(ObservedServer server)
    {
        if (server.HasExternalWorkloadSelector)
        {
            return server.PodSelector is null
                ? PolicyVerdict.Refuse(
                    PolicyReasons.Unsupported,
                    "spec.externalWorkloadSelector is not supported: the mesh has no external workloads. Use spec.podSelector.")
                : Invalid("spec.podSelector and spec.externalWorkloadSelector exclude each other. Remove one of them.");
        }
        if (server.PodSelector is null)
        {
            return Invalid("spec.podSelector is missing, so the Server governs nothing. Write {} to select every pod of the namespace.");
        }
        if (!LabelSelector.IsValid(server.PodSelector))
        {
            return Invalid("spec.podSelector has an expression with an unknown operator or without the values it needs. "
                + "Use In, NotIn (with values), Exists or DoesNotExist (without).");
        }
        if (!IsPort(server.Port))
        {
            return Invalid($"spec.port '{server.Port}' is neither a number from 1 to 65535 nor the name of a container port.");
        }
        if (!TryProtocol(server.ProxyProtocol, out _))
        {
            return Invalid($"spec.proxyProtocol '{server.ProxyProtocol}' is unknown. Use unknown, HTTP/1, HTTP/2, gRPC, opaque or TLS.");
        }
        return server.AccessPolicy is null || DefaultPolicy.IsKnown(server.AccessPolicy)
            ? PolicyVerdict.Accepted
            : Invalid($"spec.accessPolicy '{server.AccessPolicy}' is unknown. Use deny, audit, all-unauthenticated, all-authenticated, "
                + "cluster-unauthenticated or cluster-authenticated.");
    }

    /// <summary>The Server of each governed port of the pod: of several the oldest, then the first by name.</summary>
    public static SortedDictionary<int, ObservedServer> Governing(ObservedPod pod, IEnumerable<ObservedServer> servers)
    {
        var governed = new SortedDictionary<int, ObservedServer>();
        foreach (var server in servers
            .Where(server => server.Metadata.Namespace == pod.Namespace && Governs(server, pod))
            .OrderBy(server => server.Metadata.CreatedAt)
            .ThenBy(server => server.Metadata.Name, StringComparer.Ordinal))
        {
            foreach (var port in PodPorts.Resolve(pod, server.Port ?? ""))
            {
                governed.TryAdd(port, server);
            }
        }
        return governed;
    }

    /// <summary>The ports of the pod that a Server declares opaque.</summary>
    public static IEnumerable<PortRange> OpaquePorts(ObservedPod pod, IReadOnlyCollection<ObservedServer> servers) =>
        servers.Count == 0
            ? []
            : Governing(pod, servers)
                .Where(governed => governed.Value.ProxyProtocol == "opaque")
                .Select(governed => PortListParser.Single(governed.Key));

    public static bool Governs(ObservedServer server, ObservedPod pod) =>
        server.PodSelector is not null && LabelSelector.Governs(server.PodSelector, pod.Labels);

    public static bool TryProtocol(string? text, out Protocol protocol)
    {
        (var known, protocol) = text switch
        {
            null or "unknown" => (true, Protocol.Detect),
            "HTTP/1" => (true, Protocol.Http1),
            "HTTP/2" => (true, Protocol.Http2),
            "gRPC" => (true, Protocol.Grpc),
            "opaque" => (true, Protocol.Opaque),
            "TLS" => (true, Protocol.Tls),
            _ => (false, Protocol.Detect),
        };
        return known;
    }

    /// <summary>A number, or a name as RFC 6335 has it: https://www.rfc-editor.org/rfc/rfc6335#section-5.1.</summary>
    private static bool IsPort(string? text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number is > 0 and <= ushort.MaxValue;
        }
        return text is { Length: > 0 and <= 15 }
            && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            && text.Any(char.IsAsciiLetterLower);
    }

    private static PolicyVerdict Invalid(string message) => PolicyVerdict.Refuse(PolicyReasons.Invalid, message);
}
