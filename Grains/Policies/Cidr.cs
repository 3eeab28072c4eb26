using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Grains.Policies;

/// <summary>
/// A network of IPv4 or IPv6 addresses. Only the plain forms are read: the shortcuts that <see cref="IPAddress"/> takes ("10", "0x0a.1",
/// "010.0.0.1") mean different things to different readers, and a policy must not.
/// </summary>
internal readonly record struct Cidr
{
    private readonly UInt128 _bits;

    private Cidr(AddressFamily family, UInt128 bits, int prefix)
    {
        Family = family;
        PrefixLength = prefix;
        _bits = bits & Mask(family, prefix);
    }

    public AddressFamily Family { get; }

    public int PrefixLength { get; }

    /// <summary>Every IPv4 and every IPv6 address.</summary>
    public static IReadOnlyList<string> Everywhere { get; } = ["0.0.0.0/0", "::/0"];

    /// <summary>Reads "address/prefix", or an address alone for that one address. Bits beyond the prefix are cleared.</summary>
    public static bool TryParse(string? text, out Cidr cidr)
    {
        cidr = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        var address = slash < 0 ? text : text![..slash];
        if (!TryParseAddress(address, out var family, out var bits))
        {
            return false;
        }
        var width = Width(family);
        var prefix = width;
        if (slash >= 0)
        {
            var digits = text.AsSpan(slash + 1);
            if (digits.Length is 0 or > 3
                || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out prefix)
                || prefix > width)
            {
                return false;
            }
        }
        cidr = new Cidr(family, bits, prefix);
        return true;
    }

    /// <summary>Every address of <paramref name="other"/> is in this network.</summary>
    public bool Contains(Cidr other) =>
        Family == other.Family && PrefixLength <= other.PrefixLength && (other._bits & Mask(Family, PrefixLength)) == _bits;

    public override string ToString()
    {
        var bytes = new byte[Width(Family) / 8];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(_bits >> (8 * (bytes.Length - 1 - i)));
        }
        return $"{new IPAddress(bytes)}/{PrefixLength}";
    }

    private static bool TryParseAddress(string? text, out AddressFamily family, out UInt128 bits)
    {
        family = default;
        bits = 0;
        if (text is null || !IsPlain(text) || !IPAddress.TryParse(text, out var address))
        {
            return false;
        }
        family = address.AddressFamily;
        foreach (var b in address.GetAddressBytes())
        {
            bits = (bits << 8) | b;
        }
        return true;
    }

    private static bool IsPlain(string text)
    {
        if (text.Contains(':', StringComparison.Ordinal))
        {
            return text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.');
        }
        var parts = text.Split('.');
        return parts.Length == 4
            && parts.All(part => part.Length is > 0 and <= 3 && part.All(char.IsAsciiDigit) && (part.Length == 1 || part[0] != '0'));
    }

    private static int Width(AddressFamily family) => family == AddressFamily.InterNetwork ? 32 : 128;

    private static UInt128 Mask(AddressFamily family, int prefix)
    {
        var width = Width(family);
        var all = width == 128 ? UInt128.MaxValue : uint.MaxValue;
        return prefix == 0 ? 0 : all & (all << (width - prefix));
    }
}
