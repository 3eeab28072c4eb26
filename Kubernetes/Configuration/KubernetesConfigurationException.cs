namespace Mesh.Kubernetes.Configuration;

/// <summary>The configuration does not say how to reach the cluster. The message says what to do.</summary>
public sealed class KubernetesConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
