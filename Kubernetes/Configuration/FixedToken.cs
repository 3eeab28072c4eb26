namespace Mesh.Kubernetes.Configuration;

/// <summary>One token for ever.</summary>
public sealed class FixedToken(string token) : ITokenSource
{
    public ValueTask<string> GetAsync(CancellationToken cancellationToken) => new(token);
}
