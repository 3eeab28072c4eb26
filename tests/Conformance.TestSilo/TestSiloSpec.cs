using System.Net;
using System.Net.Sockets;

namespace Mesh.Conformance.TestSilo;

/// <summary>One silo of the tests, on loopback.</summary>
/// <param name="Meeting">The folder by which the silos of one test find each other.</param>
/// <param name="Name">Of the form <c>cluster-number</c>.</param>
/// <param name="Port">Where the others reach it.</param>
/// <param name="ListenPort">Where it listens, when that is elsewhere.</param>
public sealed record TestSiloSpec(MeetingPoint Meeting, string Name, int Port, int? ListenPort = null)
{
    /// <summary>The cluster it is in.</summary>
    public string Cluster => Name.Split('-')[0];

    /// <summary>Where the others reach it.</summary>
    public IPEndPoint Address => new(IPAddress.Loopback, Port);

    /// <summary>Where it listens.</summary>
    public IPEndPoint Listen => new(IPAddress.Loopback, ListenPort ?? Port);

    /// <returns>A port that nobody listens on now.</returns>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
