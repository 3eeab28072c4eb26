namespace Mesh.Proxy.Http2;

/// <summary>A header field that a proxy adds to a message; without a name: none.</summary>
internal readonly ref struct ExtraField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
{
    public ReadOnlySpan<byte> Name { get; } = name;

    public ReadOnlySpan<byte> Value { get; } = value;
}
