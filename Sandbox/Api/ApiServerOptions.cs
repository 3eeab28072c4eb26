using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Sandbox.Api;

/// <summary>What an API server is started with.</summary>
internal sealed record ApiServerOptions
{
    public required string Cluster { get; init; }

    /// <summary>Where to listen; port 0 takes a free one.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints { get; init; } = [];

    /// <summary>A listening socket inherited from the parent process, possibly of another network namespace; null for none.</summary>
    public ulong? ListenHandle { get; init; }

    /// <summary>The server's certificate with its key.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>The cluster's authority, which signs client certificates; also what pods get as kube-root-ca.crt.</summary>
    public required X509Certificate2 Authority { get; init; }

    /// <summary>Signs service-account tokens. Owned by the server from here on.</summary>
    public required ECDsa TokenKey { get; init; }

    /// <summary>Where services get their addresses from: one network, or one of each family, the usual one first.</summary>
    public required IReadOnlyList<IPNetwork> ServiceNetworks { get; init; }

    /// <summary>
    /// Where pods reach the API server behind the service <c>default/kubernetes</c>; null: that service gets no endpoints.
    /// </summary>
    public IPEndPoint? Advertised { get; init; }

    /// <summary>Where the objects are kept while the server does not run; null: they end with it.</summary>
    public string? DataFile { get; init; }

    /// <summary>The file of <see cref="ApiFaults"/>; null: none.</summary>
    public string? FaultFile { get; init; }

    /// <summary>How to reach pods and nodes for service proxying and logs.</summary>
    public ServiceProxyConnector Connector { get; init; } = ConnectAsync;

    private static async ValueTask<Stream> ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
