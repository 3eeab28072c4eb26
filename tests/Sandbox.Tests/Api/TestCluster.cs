using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Controllers;
using Mesh.Testing;

namespace Mesh.Sandbox.Tests.Api;

/// <summary>An API server with its controllers on a free port, and a client with all rights.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly ApiServer _server;
    private readonly ControllerManager _controllers;
    private readonly List<IDisposable> _owned = [];

    private TestCluster(TimeProvider time)
    {
        _server = new(new ApiServerOptions
        {
            Cluster = "test",
            Endpoints = [new(IPAddress.Loopback, 0)],
            Certificate = _certificates.Server,
            Authority = _certificates.Authority,
            TokenKey = ECDsa.Create(ECCurve.NamedCurves.nistP256),
            ServiceNetworks = [IPNetwork.Parse("10.110.0.0/16"), IPNetwork.Parse("fd00:110::/112")],
            Advertised = new(IPAddress.Parse("10.99.1.1"), 6443),
        }, time);
        _controllers = new(_server.Operations, _certificates.Authority.ExportCertificatePem(), time);
    }

    public Uri Address => _server.Addresses[0];

    public HttpClient Http { get; private set; } = null!;

    internal ResourceOperations Operations => _server.Operations;

    public static async Task<TestCluster> StartAsync(TimeProvider? time = null)
    {
        var cluster = new TestCluster(time ?? TimeProvider.System);
        cluster._controllers.Start();
        await cluster._server.StartAsync(TestContext.Current.CancellationToken);
        cluster.Http = cluster.ClientWith("CN=admin, O=system:masters");
        await cluster.EventuallyAsync(async () =>
            (await cluster.TryGetAsync("/api/v1/namespaces/default/serviceaccounts/default")) is not null, "default service account");
        return cluster;
    }

    /// <summary>A client that presents a certificate of this subject; null: none.</summary>
    public HttpClient ClientWith(string? subject, string? token = null)
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(_certificates.Authority);
        if (subject is not null)
        {
            handler.SslOptions.ClientCertificates = [_certificates.Issue(subject)];
        }
        var client = new HttpClient(handler) { BaseAddress = Address };
        if (token is not null)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }
        _owned.Add(client);
        return client;
    }

    public string AuthorityPem => _certificates.Authority.ExportCertificatePem();

    public X509Certificate2 AdminCertificate() => _certificates.Issue("CN=admin, O=system:masters");

    public async Task<(int Code, JsonObject Body)> SendAsync(
        HttpMethod method, string path, JsonNode? body = null, string contentType = "application/json", string? accept = null, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }
        using var response = await (client ?? Http).SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, JsonNode.Parse(text) as JsonObject ?? []);
    }

    public async Task<JsonObject> GetAsync(string path)
    {
        var (code, body) = await SendAsync(HttpMethod.Get, path);
        Assert.True(code == 200, $"GET {path}: {code} {body}");
        return body;
    }

    public async Task<JsonObject?> TryGetAsync(string path)
    {
        var (code, body) = await SendAsync(HttpMethod.Get, path);
        return code == 200 ? body : null;
    }

    /// <summary>Creates an object given as JSON text and expects it to be accepted.</summary>
    public async Task<JsonObject> CreateAsync(string path, string json)
    {
        var (code, body) = await SendAsync(HttpMethod.Post, path, JsonNode.Parse(json));
        Assert.True(code == 201, $"POST {path}: {code} {body}");
        return body;
    }

    public async Task<JsonObject> PatchAsync(string path, string json, string contentType = "application/merge-patch+json")
    {
        var (code, body) = await SendAsync(HttpMethod.Patch, path, JsonNode.Parse(json), contentType);
        Assert.True(code == 200, $"PATCH {path}: {code} {body}");
        return body;
    }

    public async Task<JsonObject> DeleteAsync(string path, string? options = null)
    {
        var (code, body) = await SendAsync(HttpMethod.Delete, path, options is null ? null : JsonNode.Parse(options));
        Assert.True(code == 200, $"DELETE {path}: {code} {body}");
        return body;
    }

    public Task AddNodeAsync(string name, string zone = "z1") => CreateAsync("/api/v1/nodes", $$"""
        {"metadata":{"name":"{{name}}","labels":{"topology.kubernetes.io/zone":"{{zone}}"} },
         "status":{"conditions":[{"type":"Ready","status":"True","reason":"KubeletReady"}],"addresses":[{"type":"InternalIP","address":"127.0.0.1"}]} }
        """);

    /// <summary>What a node agent does when a pod has started.</summary>
    public Task RunPodAsync(string ns, string name, string address, bool ready = true) => PatchAsync($"/api/v1/namespaces/{ns}/pods/{name}/status", $$"""
        {"status":{"phase":"Running","podIP":"{{address}}",
         "conditions":[{"type":"Ready","status":"{{(ready ? "True" : "False")}}"}]} }
        """);

    public async Task<List<JsonObject>> ListAsync(string path) => [.. (await GetAsync(path)).Objects("items")];

    public Task EventuallyAsync(Func<Task<bool>> condition, string what) =>
        Eventually.Holds(condition, TimeSpan.FromSeconds(15), () => $"{what} at revision {_server.Operations.Store.Revision}", TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _owned.ForEach(o => o.Dispose());
        await _controllers.DisposeAsync();
        await _server.DisposeAsync();
        _certificates.Dispose();
    }
}
