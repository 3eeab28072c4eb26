namespace Mesh.Kubernetes.Resources;

/// <summary>Something that is done to a request; what exactly is in the fields that are not known here.</summary>
public sealed record RouteFilter : OpenRecord
{
    public string Type { get; init; } = "";
}
