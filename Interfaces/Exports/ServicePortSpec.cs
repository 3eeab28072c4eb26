namespace Mesh.Interfaces.Exports;

/// <summary>One port of a Kubernetes Service. <see cref="TargetPort"/> is a number or a container port's name, as text; empty: the same as the port.</summary>
[GenerateSerializer, Immutable, Alias("mesh.ServicePortSpec")]
public sealed record ServicePortSpec(
    [property: Id(0)] string Name,
    [property: Id(1)] int Port,
    [property: Id(2)] string Protocol,
    [property: Id(3)] string TargetPort,
    [property: Id(4)] string? AppProtocol = null);
