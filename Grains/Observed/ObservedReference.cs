namespace Mesh.Grains.Observed;

/// <summary>A reference to another object, as written. <see cref="Group"/> is empty for the core group.</summary>
/// <param name="Namespace">Null when absent: the namespace of the object that refers.</param>
public sealed record ObservedReference(string Group, string Kind, string Name, string? Namespace = null);
