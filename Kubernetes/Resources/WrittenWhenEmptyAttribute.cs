namespace Mesh.Kubernetes.Resources;

/// <summary>On a list that the schema requires: it is written even when it is empty, where other empty lists are left out.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class WrittenWhenEmptyAttribute : Attribute;
