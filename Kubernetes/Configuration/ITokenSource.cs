namespace Mesh.Kubernetes.Configuration;

/// <summary>Gives the bearer token of each request. Safe for concurrent use.</summary>
public interface ITokenSource
{
    /// <exception cref="KubernetesConfigurationException">There is no token to be had.</exception>
    ValueTask<string> GetAsync(CancellationToken cancellationToken);
}
