using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Sandbox.Api.Admission;

/// <summary>A network that service addresses of one family are taken from, and who has which. Called under the store's lock.</summary>
internal sealed class AddressRange
{
    private const uint Reserved = 16;
    private readonly Dictionary<UInt128, string> _owners = [];
    private readonly UInt128 _first;
    private readonly uint _count;
    private uint _next;

    /// <param name="network">No larger than needed is looked at: the first four billion addresses.</param>
    public AddressRange(IPNetwork network)
    {
        Network = network;
        IsV6 = network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;
        _first = ToNumber(network.BaseAddress);
        var hostBits = (IsV6 ? 128 : 32) - network.PrefixLength;
        _count = hostBits >= 32 ? uint.MaxValue : 1u << hostBits;
        _next = (uint)Random.Shared.NextInt64(Reserved, Math.Max(Reserved + 1, Math.Min(_count - 1, 4096)));
    }

    public IPNetwork Network { get; }

    public bool IsV6 { get; }

    /// <summary>As in a Service's spec.ipFamilies.</summary>
    public string Family => IsV6 ? "IPv6" : "IPv4";

    /// <summary>Null: nobody has it.</summary>
    public string? Owner(IPAddress address) => _owners.GetValueOrDefault(ToNumber(address));

    public void Take(IPAddress address, string owner) => _owners[ToNumber(address)] = owner;

    public void Release(IPAddress address) => _owners.Remove(ToNumber(address));

    /// <summary>A free address; null when there is none left.</summary>
    public string? Next()
    {
        var usable = _count - 1;
        for (uint tried = 0; tried < usable; tried++)
        {
            // The lowest addresses are left for those that are asked for by number, such as the API's and DNS's.
            _next = _next + 1 >= usable ? Math.Min(Reserved, usable - 1) : _next + 1;
            if (!_owners.ContainsKey(_first + _next))
            {
                return ToAddress(_first + _next).ToString();
            }
        }
        return null;
    }

    private static UInt128 ToNumber(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return bytes.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private IPAddress ToAddress(UInt128 number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new(IsV6 ? bytes : bytes[12..]);
    }
}
