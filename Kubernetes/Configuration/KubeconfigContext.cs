using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Mesh.Kubernetes.Configuration;

/// <summary>Makes a connection from the cluster and the user of a kubeconfig's context.</summary>
internal static class KubeconfigContext
{
    public static ClusterConnection Connect(string context, KubeconfigEntry cluster, KubeconfigEntry? user)
    {
        var address = cluster.Text("server") ?? throw cluster.Invalid("it has no server");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var server) || server.Scheme is not ("https" or "http"))
        {
            throw cluster.Invalid($"the server \"{address}\" is not an http or https address");
        }
        return new ClusterConnection(server)
        {
            Context = context,
            CertificateAuthorities = Authorities(cluster),
            SkipTlsVerify = cluster.Flag("insecure-skip-tls-verify"),
            TlsServerName = cluster.Text("tls-server-name"),
            Proxy = Proxy(cluster),
            ClientCertificates = user is null ? [] : ClientCertificates(user),
            Token = user is null ? null : Token(user),
            Impersonate = user?.Text("as"),
            ImpersonateGroups = [.. (user?.Fields["as-groups"] as JsonArray ?? []).Select(g => g!.ToString())],
        };
    }

    private static X509Certificate2Collection Authorities(KubeconfigEntry cluster)
    {
        var authorities = new X509Certificate2Collection();
        if (cluster.Contents("certificate-authority") is { } pem)
        {
            try
            {
                authorities.ImportFromPem(pem);
            }
            catch (CryptographicException e)
            {
                throw cluster.Invalid($"certificate-authority is not a PEM certificate ({e.Message})", e);
            }
            if (authorities.Count == 0)
            {
                throw cluster.Invalid("certificate-authority holds no PEM certificate");
            }
        }
        return authorities;
    }

    private static Uri? Proxy(KubeconfigEntry cluster)
    {
        if (cluster.Text("proxy-url") is not { } text)
        {
            return null;
        }
        return Uri.TryCreate(text, UriKind.Absolute, out var proxy) ? proxy : throw cluster.Invalid($"proxy-url \"{text}\" is not an address");
    }

    private static X509Certificate2Collection ClientCertificates(KubeconfigEntry user)
    {
        var certificate = user.Contents("client-certificate");
        var key = user.Contents("client-key");
        if (certificate is null && key is null)
        {
            return [];
        }
        if (certificate is null || key is null)
        {
            throw user.Invalid($"it has a client {(key is null ? "certificate but no key" : "key but no certificate")}");
        }
        try
        {
            var chain = new X509Certificate2Collection { X509Certificate2.CreateFromPem(certificate, key) };
            var all = new X509Certificate2Collection();
            all.ImportFromPem(certificate);
            chain.AddRange(all.Skip(1).ToArray());
            return chain;
        }
        catch (CryptographicException e)
        {
            throw user.Invalid($"client certificate and key cannot be used together ({e.Message})", e);
        }
    }

    private static ITokenSource? Token(KubeconfigEntry user)
    {
        // The order is kubectl's.
        if (user.FilePath("tokenFile") is { } file)
        {
            return new TokenFile(file);
        }
        if (user.Text("token") is { } token)
        {
            return new FixedToken(token);
        }
        if (user.Fields["exec"] is JsonObject exec)
        {
            return ExecToken.Create(user, exec);
        }
        if (user.Fields["auth-provider"] is not null)
        {
            throw user.Invalid("auth-provider is not supported (kubectl has dropped it too); use an exec plugin, a token or a certificate");
        }
        if (user.Text("username") is not null)
        {
            throw user.Invalid("user name and password are not supported; use a token or a client certificate");
        }
        return null;
    }
}
