namespace Mesh.Kubernetes.Resources;

/// <summary>Files from a Secret.</summary>
public sealed record SecretVolume : OpenRecord
{
    public string SecretName { get; init; } = "";
    public IReadOnlyList<KeyToPath> Items { get; init; } = [];
    public int? DefaultMode { get; init; }
    public bool? Optional { get; init; }
}
