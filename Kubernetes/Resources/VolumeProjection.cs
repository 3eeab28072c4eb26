namespace Mesh.Kubernetes.Resources;

/// <summary>One source of a projected volume.</summary>
public sealed record VolumeProjection : OpenRecord
{
    public ServiceAccountTokenProjection? ServiceAccountToken { get; init; }
    public ConfigMapProjection? ConfigMap { get; init; }
    public SecretProjection? Secret { get; init; }
    public DownwardApiProjection? DownwardAPI { get; init; }
}
