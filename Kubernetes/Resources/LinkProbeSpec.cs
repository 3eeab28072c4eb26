namespace Mesh.Kubernetes.Resources;

/// <summary>How the target's gateway is probed. Unused without a gateway.</summary>
public sealed record LinkProbeSpec : OpenRecord
{
    public string? Path { get; init; }
    public IntOrString? Port { get; init; }
    public string? Period { get; init; }
    public string? Timeout { get; init; }
    public IntOrString? FailureThreshold { get; init; }
}
