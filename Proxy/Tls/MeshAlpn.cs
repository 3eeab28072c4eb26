namespace Mesh.Proxy.Tls;

/// <summary>The ALPN names of <see cref="MeshProtocol"/> and their lists as in a ClientHello (RFC 7301 section 3.1).</summary>
internal static class MeshAlpn
{
    /// <returns>The wire form of an offer: each name after its length, the preferred one first.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Nothing is offered.</exception>
    public static ReadOnlySpan<byte> Offer(MeshProtocol offer) => offer switch
    {
        MeshProtocol.Stream => "\u0006mesh/1"u8,
        MeshProtocol.Multiplexed => "\u0006mesh/2"u8,
        MeshProtocol.PreferMultiplexed => "\u0006mesh/2\u0006mesh/1"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(offer), offer, "A client offers mesh/1, mesh/2 or both."),
    };

    /// <returns>What a name stands for; <see cref="MeshProtocol.None"/> for a name that is none of the mesh's.</returns>
    public static MeshProtocol Parse(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("mesh/1"u8))
        {
            return MeshProtocol.Stream;
        }
        return name.SequenceEqual("mesh/2"u8) ? MeshProtocol.Multiplexed : MeshProtocol.None;
    }
}
