namespace Mesh.Grains.Observed;

/// <summary>A liveness, readiness or startup probe of kind httpGet with scheme HTTP.</summary>
/// <param name="Container">Its container: a port name is looked up there.</param>
/// <param name="Port">A number or a port's name, as text.</param>
/// <param name="Path">As written; may be empty or carry a query.</param>
public sealed record ObservedHttpProbe(string Container, string Port, string Path);
