using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Netns;

namespace Mesh.Proxy.Tests.Netns;

/// <summary>
/// Two network namespaces with a cable between them: a pod at 10.251.0.2 and fd51:251::2, and somebody else at 10.251.0.1 and fd51:251::1.
/// Needs root.
/// </summary>
internal sealed class TestNetwork : IDisposable
{
    private readonly string _name = $"mpt{Guid.NewGuid().ToString("n")[..8]}";

    public TestNetwork()
    {
        Ip("netns", "add", PodName);
        Ip("netns", "add", PeerName);
        Ip("-n", PodName, "link", "set", "lo", "up");
        Ip("-n", PeerName, "link", "set", "lo", "up");
        Ip("-n", PodName, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", PeerName);
        Ip("-n", PodName, "addr", "add", "10.251.0.2/24", "dev", "eth0");
        Ip("-n", PeerName, "addr", "add", "10.251.0.1/24", "dev", "eth0");
        Ip("-n", PodName, "addr", "add", "fd51:251::2/64", "dev", "eth0", "nodad");
        Ip("-n", PeerName, "addr", "add", "fd51:251::1/64", "dev", "eth0", "nodad");
        Ip("-n", PodName, "link", "set", "eth0", "up");
        Ip("-n", PeerName, "link", "set", "eth0", "up");
        Pod = NetworkNamespace.Open(PodPath);
        Peer = NetworkNamespace.Open($"/run/netns/{PeerName}");
    }

    public static IPAddress PodAddress { get; } = IPAddress.Parse("10.251.0.2");

    public static IPAddress PeerAddress { get; } = IPAddress.Parse("10.251.0.1");

    public static IPAddress PodAddress6 { get; } = IPAddress.Parse("fd51:251::2");

    public static IPAddress PeerAddress6 { get; } = IPAddress.Parse("fd51:251::1");

    public string PodPath => $"/run/netns/{PodName}";

    public NetworkNamespace Pod { get; }

    public NetworkNamespace Peer { get; }

    private string PodName => $"{_name}p";

    private string PeerName => $"{_name}c";

    /// <summary>Connects from inside a namespace, from an address and port of its own if they are given.</summary>
    public static async Task<Socket> ConnectAsync(
        NetworkNamespace from, IPEndPoint to, CancellationToken cancellationToken, IPAddress? source = null, int port = 0)
    {
        var socket = await from.RunAsync(() => new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        try
        {
            if (source is not null)
            {
                socket.Bind(new IPEndPoint(source, port));
            }
            await socket.ConnectAsync(to, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Listens inside a namespace.</summary>
    public static Task<Socket> ListenAsync(
        NetworkNamespace inside, int port, AddressFamily family = AddressFamily.InterNetwork) => inside.RunAsync(() =>
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, port));
        socket.Listen(512);
        return socket;
    });

    /// <summary>Takes one connection from a listening socket that somebody else owns.</summary>
    public static async Task<Socket> AcceptAsync(SafeSocketHandle listener, CancellationToken cancellationToken)
    {
        var socket = new Socket(listener);
        // It would close the listener when it is collected.
        GC.SuppressFinalize(socket);
        return await socket.AcceptAsync(cancellationToken);
    }

    /// <summary>Where a redirected connection was going.</summary>
    public static IPEndPoint OriginalDestination(Socket accepted)
    {
        const int SolIp = 0;
        const int SoOriginalDst = 80;
        Span<byte> address = stackalloc byte[16];
        accepted.GetRawSocketOption(SolIp, SoOriginalDst, address);
        return new IPEndPoint(new IPAddress(address.Slice(4, 4)), (address[2] << 8) | address[3]);
    }

    /// <summary>Gives the other namespace one more address.</summary>
    public void AddPeerAddress(string address) => Ip("-n", PeerName, "addr", "add", address, "dev", "eth0");

    /// <summary>Takes the pod's namespace away, as a container runtime does.</summary>
    public void DeletePod() => Ip("netns", "del", PodName);

    public void Dispose()
    {
        Pod.Dispose();
        Peer.Dispose();
        foreach (var name in (string[])[PodName, PeerName])
        {
            if (File.Exists($"/run/netns/{name}"))
            {
                Ip("netns", "del", name);
            }
        }
    }

    /// <summary>What nft says about the mesh's table in the pod; empty when there is none.</summary>
    public string Rules() => InPod("nft", "list", "ruleset");

    /// <summary>The pod's routing rules and the routes of all its tables, both families, as ip(8) prints them.</summary>
    public string Routing() =>
        string.Concat(new[] { "-4", "-6" }.Select(family =>
            InPod("ip", family, "rule") + InPod("ip", family, "route", "show", "table", "all")));

    /// <summary>Changes the pod's network behind the proxy's back.</summary>
    public void Tamper(params string[] command) => InPod(command);

    private string InPod(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/sbin/ip", ["netns", "exec", PodName, .. command])
        {
            RedirectStandardOutput = true,
        })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text;
    }

    private static void Ip(params string[] arguments)
    {
        using var ip = Process.Start(new ProcessStartInfo("/usr/sbin/ip", arguments) { RedirectStandardError = true })!;
        var error = ip.StandardError.ReadToEnd();
        ip.WaitForExit();
        Assert.True(ip.ExitCode == 0, $"ip {string.Join(' ', arguments)}: {error} (these tests need root)");
    }
}
