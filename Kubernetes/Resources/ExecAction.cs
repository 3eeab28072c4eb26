namespace Mesh.Kubernetes.Resources;

/// <summary>A command; exit code 0 is success.</summary>
public sealed record ExecAction : OpenRecord
{
    public IReadOnlyList<string> Command { get; init; } = [];
}
