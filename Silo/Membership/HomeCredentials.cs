using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Interfaces.Membership;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.Membership;

/// <summary>What the <see cref="HomeSecret"/> of a cluster says of its home.</summary>
internal sealed record HomeCredentials
{
    /// <summary>The home's name in the mesh.</summary>
    public required string Cluster { get; init; }

    /// <summary>The address of its API server.</summary>
    public required Uri Server { get; init; }

    /// <summary>Who signs its certificate, PEM; empty: the system's authorities.</summary>
    public required string Authority { get; init; }

    /// <summary>The name in its certificate, when that is not the address; else empty.</summary>
    public required string ServerName { get; init; }

    /// <summary>The control plane's namespace there.</summary>
    public required string Namespace { get; init; }

    /// <summary>Whose token it is, in that namespace.</summary>
    public required string Account { get; init; }

    public required string Token { get; init; }

    /// <summary>Whether the same requests go to the same server, whatever the token.</summary>
    public bool IsSameServer(HomeCredentials other) => this with { Token = "" } == other with { Token = "" };

    /// <summary>Whether it is the same home, wherever it is reached now.</summary>
    public bool IsSameHome(HomeCredentials? other) => Cluster == other?.Cluster && Namespace == other.Namespace;

    /// <param name="tokens">Gives <see cref="Token"/> and those after it.</param>
    public ClusterConnection Connect(ITokenSource tokens)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(Authority);
        return new ClusterConnection(Server)
        {
            CertificateAuthorities = authorities,
            TlsServerName = ServerName.Length > 0 ? ServerName : null,
            Namespace = Namespace,
            Token = tokens,
            UseEnvironmentProxy = false,
        };
    }

    /// <summary>The Secret with another token.</summary>
    public static Secret WithToken(Secret secret, string token) =>
        secret with { Data = secret.Data.ToImmutableDictionary().SetItem(HomeSecret.Token, Encoding.UTF8.GetBytes(token)) };

    /// <exception cref="KubernetesConfigurationException">It is not complete; the message says what to do.</exception>
    public static HomeCredentials Read(Secret secret)
    {
        var home = new HomeCredentials
        {
            Cluster = Text(secret, HomeSecret.Cluster),
            Server = Uri.TryCreate(Text(secret, HomeSecret.Server), UriKind.Absolute, out var server) && server.Scheme is "https" or "http"
                ? server
                : throw Invalid($"its {HomeSecret.Server} is not an https address"),
            Authority = Text(secret, HomeSecret.Authority, optional: true),
            ServerName = Text(secret, HomeSecret.ServerName, optional: true),
            Namespace = Text(secret, HomeSecret.Namespace),
            Account = Text(secret, HomeSecret.Account),
            Token = Text(secret, HomeSecret.Token),
        };
        try
        {
            new X509Certificate2Collection().ImportFromPem(home.Authority);
        }
        catch (CryptographicException e)
        {
            throw Invalid($"its {HomeSecret.Authority} is not a PEM certificate ({e.Message})", e);
        }
        return home;
    }

    private static string Text(Secret secret, string key, bool optional = false) =>
        secret.Data.GetValueOrDefault(key) is { Length: > 0 } value ? Encoding.UTF8.GetString(value).Trim()
        : optional ? ""
        : throw Invalid($"it has no {key}");

    private static KubernetesConfigurationException Invalid(string what, Exception? inner = null) => new(
        $"The Secret {HomeSecret.Name}, which names the home cluster of the membership, cannot be used: {what}. Make it again: "
        + "`mesh --context <this> multicluster install --gateway=false --join <home> | kubectl --context <this> apply -f -`.", inner);
}
