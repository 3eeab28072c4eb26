using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.Membership;

/// <summary>What the object of a silo is called: its address, port and generation, <c>10.42.1.7-11111-523456789</c>.</summary>
internal static class SiloRowName
{
    /// <exception cref="FormatException">The row has no address.</exception>
    public static string Of(OrleansSiloSpec row) => Of(IPEndPoint.Parse(row.Address), row.Generation);

    public static string Of(IPEndPoint address, int generation) =>
        string.Create(CultureInfo.InvariantCulture, $"{Host(address.Address)}-{address.Port}-{generation}");

    // A name has no colons, and begins with a letter or a digit, as :: does not.
    private static string Host(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? string.Join('-', address.GetAddressBytes().Chunk(2).Select(b => Convert.ToHexStringLower(b)))
        : address.ToString();
}
