using Mesh.Kubernetes.Configuration;

namespace Mesh.Silo.Membership;

/// <summary>The token for the home's API, replaced while the silo runs.</summary>
internal sealed class HomeToken(string token) : ITokenSource
{
    private string _token = token;

    public string Current
    {
        get => Volatile.Read(ref _token);
        set => Volatile.Write(ref _token, value);
    }

    public ValueTask<string> GetAsync(CancellationToken cancellationToken) => new(Current);
}
