using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>Asks a cluster's API server, through the machine's loopback as kubectl does, how far it is.</summary>
internal sealed class ApiProbe : IDisposable
{
    private readonly HttpClient _http;
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _client;

    public ApiProbe(ClusterPlan cluster, int port)
    {
        _authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(cluster.PkiDirectory, "ca.crt"));
        _client = X509Certificate2.CreateFromPemFile(
            Path.Combine(cluster.PkiDirectory, "admin.crt"), Path.Combine(cluster.PkiDirectory, "admin.key"));
        var handler = new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(2) };
        handler.SslOptions.ClientCertificates = [_client];
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(_authority);
        _http = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{port}/"), Timeout = TimeSpan.FromSeconds(3) };
    }

    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync("readyz", cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>The nodes by name and whether each is Ready; empty when the API server does not answer.</summary>
    public async Task<IReadOnlyDictionary<string, bool>> NodesAsync(CancellationToken cancellationToken)
    {
        try
        {
            var list = await _http.GetFromJsonAsync<JsonNode>("api/v1/nodes", cancellationToken);
            return (list?["items"]?.AsArray() ?? []).ToDictionary(
                n => (string)n!["metadata"]!["name"]!,
                n => (n!["status"]?["conditions"]?.AsArray() ?? []).Any(c => (string?)c!["type"] == "Ready" && (string?)c["status"] == "True"));
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new Dictionary<string, bool>();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _client.Dispose();
        _authority.Dispose();
    }
}
