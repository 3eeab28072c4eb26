using System.Globalization;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Authorization;

/// <summary>A network in CIDR form, <c>10.0.0.0/8</c> or <c>fd00::/8</c>; an address alone is itself.</summary>
internal readonly record struct CidrBlock
{
    private readonly UInt128 _network;
    private readonly UInt128 _mask;

    private CidrBlock(UInt128 network, UInt128 mask, bool v4)
    {
        _network = network & mask;
        _mask = mask;
        IsV4 = v4;
    }

    private bool IsV4 { get; }

    /// <summary>False when the address is none, or the prefix length is not a number from 0 to 32 or 128.</summary>
    public static bool TryParse(string? text, out CidrBlock block)
    {
        block = default;
        if (text is null)
        {
            return false;
        }
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var address = slash < 0 ? text : text[..slash];
        if (!IpValue.TryParse(address, out var ip))
        {
            return false;
        }
        var v4 = ip.IsV4 && !address.Contains(':', StringComparison.Ordinal);
        var bits = v4 ? 32 : 128;
        var length = bits;
        if (slash >= 0
            && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > bits))
        {
            return false;
        }
        var host = bits - length;
        var mask = host == 128 ? UInt128.Zero : UInt128.MaxValue << host;
        block = new CidrBlock(ip.Bits, mask, v4);
        return true;
    }

    /// <summary>An IPv4 address is only ever in an IPv4 network: <c>::/0</c> does not mean <c>0.0.0.0/0</c>.</summary>
    public bool Contains(IpValue ip) => ip.IsV4 == IsV4 && (ip.Bits & _mask) == _network;
}
