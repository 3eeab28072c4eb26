namespace Mesh.Kubernetes.Resources;

/// <summary>An HTTP request; a status of 200 to 399 is success.</summary>
public sealed record HttpGetAction : OpenRecord
{
    public string? Path { get; init; }
    public IntOrString Port { get; init; }
    public string? Host { get; init; }
    public string? Scheme { get; init; }
    public IReadOnlyList<HttpHeader> HttpHeaders { get; init; } = [];
}
