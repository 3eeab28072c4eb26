namespace Mesh.Interfaces.Endpoints;

/// <summary>What one endpoint listens on for one port of the service; <see cref="TargetPort"/> 0: it does not serve that port.</summary>
[GenerateSerializer, Immutable, Alias("mesh.EndpointTargetPort")]
public readonly record struct EndpointTargetPort([property: Id(0)] int ServicePort, [property: Id(1)] int TargetPort);
