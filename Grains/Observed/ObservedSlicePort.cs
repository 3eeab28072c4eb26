namespace Mesh.Grains.Observed;

/// <summary>One port of an EndpointSlice: the number the pods of that very slice listen on.</summary>
/// <param name="Name">The service port's name; empty when it has none.</param>
/// <param name="Port">Null when the slice does not say.</param>
public sealed record ObservedSlicePort(string Name, int? Port, string Protocol, string? AppProtocol = null);
