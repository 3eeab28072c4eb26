using System.Net.Sockets;

namespace Mesh.Grains.Nodes;

/// <summary>Tells the two families of IP addresses apart.</summary>
internal static class IpFamily
{
    public const string V6 = "IPv6";

    /// <param name="ip">An address as text; IPv4 in anything but IPv6's form.</param>
    public static AddressFamily Of(string ip) =>
        ip.Contains(':', StringComparison.Ordinal) ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
}
