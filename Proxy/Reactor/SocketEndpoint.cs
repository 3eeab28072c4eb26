using System.Net;

namespace Mesh.Proxy.Reactor;

/// <summary>An IP address and a TCP port.</summary>
internal readonly record struct SocketEndpoint(IpValue Ip, ushort Port)
{
    /// <summary>False unless <paramref name="ip"/> is an address and <paramref name="port"/> is 1 to 65535.</summary>
    public static bool TryCreate(string? ip, uint port, out SocketEndpoint endpoint)
    {
        endpoint = default;
        if (port is 0 or > ushort.MaxValue || !IpValue.TryParse(ip, out var value))
        {
            return false;
        }
        endpoint = new SocketEndpoint(value, (ushort)port);
        return true;
    }

    public static SocketEndpoint From(IPEndPoint endpoint) =>
        IpValue.TryParse(endpoint.Address.ToString(), out var ip)
            ? new SocketEndpoint(ip, (ushort)endpoint.Port)
            : throw new ArgumentException($"{endpoint} has a scoped address; give one without a scope.", nameof(endpoint));

    public override string ToString() => Ip.IsV4 ? $"{Ip}:{Port}" : $"[{Ip}]:{Port}";
}
