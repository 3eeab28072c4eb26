using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Proxy.Reactor;

/// <summary>An IP address as a number, IPv4 in its v4-mapped IPv6 form, so that one comparison serves both families.</summary>
internal readonly record struct IpValue(UInt128 Bits)
{
    private static readonly UInt128 MappedPrefix = new(0, 0xFFFF_0000_0000);

    /// <summary>Whether this is an IPv4 address.</summary>
    public bool IsV4 => (Bits >> 32) == 0xFFFF;

    /// <summary>The IPv4 address in host order; meaningless unless <see cref="IsV4"/>.</summary>
    public uint V4 => (uint)Bits;

    public static IpValue FromV4(uint hostOrder) => new(MappedPrefix | hostOrder);

    public static IpValue FromV6(ReadOnlySpan<byte> networkOrder) => new(BinaryPrimitives.ReadUInt128BigEndian(networkOrder));

    /// <summary>
    /// Reads an address. Scoped addresses (<c>fe80::1%eth0</c>) are refused: a scope means nothing on another machine. So are brackets,
    /// behind which IPAddress passes over a port.
    /// </summary>
    public static bool TryParse(string? text, out IpValue value)
    {
        value = default;
        if (text is null || text.AsSpan().ContainsAny("%[]") || !IPAddress.TryParse(text, out var address))
        {
            return false;
        }
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            // IPAddress also takes "1", "0x7f.1" and the like; only the dotted form is an address here.
            if (address.ToString() != text)
            {
                return false;
            }
            Span<byte> four = stackalloc byte[4];
            address.TryWriteBytes(four, out _);
            value = FromV4(BinaryPrimitives.ReadUInt32BigEndian(four));
            return true;
        }
        Span<byte> sixteen = stackalloc byte[16];
        address.TryWriteBytes(sixteen, out _);
        value = FromV6(sixteen);
        return true;
    }

    public IPAddress ToIPAddress()
    {
        if (IsV4)
        {
            Span<byte> four = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(four, V4);
            return new IPAddress(four);
        }
        Span<byte> sixteen = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(sixteen, Bits);
        return new IPAddress(sixteen);
    }

    public override string ToString() => ToIPAddress().ToString();
}
