using Mesh.Kubernetes.Resources;

namespace Mesh.Kubernetes.Informers;

/// <summary>One object appeared (no <paramref name="Old"/>), changed, or went away (no <paramref name="New"/>).</summary>
public sealed record ResourceChange<T>(T? Old, T? New)
    where T : class, IKubernetesResource
{
    /// <summary>The object as it is, or was last.</summary>
    public T Current => New ?? Old!;

    public bool IsAdded => Old is null;

    public bool IsDeleted => New is null;
}
