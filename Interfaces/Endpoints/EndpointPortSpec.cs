namespace Mesh.Interfaces.Endpoints;

/// <summary>Which port the pods listen on for one port of the service.</summary>
/// <param name="AppProtocol">The service port's appProtocol, or null.</param>
[GenerateSerializer, Immutable, Alias("mesh.EndpointPortSpec")]
public sealed record EndpointPortSpec(
    [property: Id(0)] string Name,
    [property: Id(1)] int ServicePort,
    [property: Id(2)] int TargetPort,
    [property: Id(3)] string? AppProtocol = null);
