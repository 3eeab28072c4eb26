namespace Mesh.Interfaces.Endpoints;

/// <summary>TCP ports from <see cref="First"/> to <see cref="Last"/>, both included.</summary>
[GenerateSerializer, Immutable, Alias("mesh.PortRange")]
public readonly record struct PortRange([property: Id(0)] ushort First, [property: Id(1)] ushort Last)
{
    public bool Contains(int port) => port >= First && port <= Last;
}
