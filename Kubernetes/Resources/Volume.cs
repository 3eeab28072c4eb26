namespace Mesh.Kubernetes.Resources;

/// <summary>A volume; exactly one of the sources is set.</summary>
public sealed record Volume : OpenRecord
{
    public string Name { get; init; } = "";
    public EmptyDirVolume? EmptyDir { get; init; }
    public HostPathVolume? HostPath { get; init; }
    public ConfigMapVolume? ConfigMap { get; init; }
    public SecretVolume? Secret { get; init; }
    public ProjectedVolume? Projected { get; init; }
    public DownwardApiVolume? DownwardAPI { get; init; }
}
