namespace Mesh.Grains.Viz;

/// <summary>What a row is asked for.</summary>
/// <param name="Namespace">Empty: all namespaces.</param>
/// <param name="Kind">As <see cref="VizKinds.TryParse"/> gives it.</param>
/// <param name="Name">Empty: all resources of that kind.</param>
public sealed record VizQuery(string Namespace, string Kind, string Name);
