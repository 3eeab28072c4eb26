using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Mesh.Interfaces.Membership;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Tokens;
using Mesh.Sandbox.Tests.Api;
using Mesh.Silo.Configuration;
using Mesh.Silo.Membership;
using Mesh.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Membership.Tests.Harness;

/// <summary>A cluster's API server with what <c>mesh install</c> and <c>mesh multicluster install</c> put there for the membership.</summary>
internal sealed class MeshCluster : IAsyncDisposable
{
    public const string Namespace = "mesh-system";
    public const string Account = HomeSecret.DefaultAccount;

    private readonly TestCluster _api;
    private readonly List<KubernetesClient> _clients = [];

    private MeshCluster(string name, TestCluster api)
    {
        Name = name;
        _api = api;
        Admin = Client(c => c with { ClientCertificates = [api.AdminCertificate()] });
    }

    public string Name { get; }

    public KubernetesClient Admin { get; }

    public Uri Address => _api.Address;

    public string Authority => _api.AuthorityPem;

    public SiloOptions Options => new() { ClusterName = Name, PodNamespace = Namespace, PodName = "mesh-silo-0", PodIp = "10.0.0.1" };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<MeshCluster> StartAsync(string name = "east", TimeProvider? time = null, bool definitions = true)
    {
        var cluster = new MeshCluster(name, await TestCluster.StartAsync(time));
        await cluster.ApplyAsync("control-plane/namespace.yaml");
        await cluster.ApplyAsync("control-plane/rbac.yaml");
        await cluster.ApplyAsync("multicluster/membership.yaml");
        if (definitions)
        {
            await cluster.DefineAsync();
        }
        return cluster;
    }

    /// <summary>Makes the custom resources known.</summary>
    public async Task DefineAsync()
    {
        await ApplyAsync("crds/membership.yaml");
        await Eventually.Holds(
            async () =>
            {
                var known = await Task.WhenAll(
                    _api.TryGetAsync(OrleansSilo.Definition.Path(Namespace)), _api.TryGetAsync(OrleansCluster.Definition.Path(Namespace)));
                return known.All(k => k is not null);
            },
            TimeSpan.FromSeconds(15), () => "the definitions are not served", Cancelled);
    }

    /// <summary>A client of this API server, by itself with no credentials at all.</summary>
    public KubernetesClient Client(Func<ClusterConnection, ClusterConnection> with, Uri? address = null)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(Authority);
        var anonymous = new ClusterConnection(address ?? Address) { CertificateAuthorities = authorities, UseEnvironmentProxy = false };
        var client = new KubernetesClient(with(anonymous));
        _clients.Add(client);
        return client;
    }

    public Task<string> TokenAsync(string account = Account, TimeSpan? life = null) =>
        Admin.CreateTokenAsync(Namespace, account, null, life ?? TimeSpan.FromDays(1), Cancelled);

    /// <summary>A client that may do what the account may.</summary>
    public async Task<KubernetesClient> ClientOfAsync(string account)
    {
        var token = new FixedToken(await TokenAsync(account));
        return Client(c => c with { Token = token });
    }

    public SiloTable Table(KubernetesClient? client = null, TimeProvider? time = null) => Table(new FixedHome(client ?? Admin), time);

    public static SiloTable Table(IMembershipHome home, TimeProvider? time = null) =>
        new(home, "mesh-orleans", time ?? TimeProvider.System, NullLogger<SiloTable>.Instance);

    public async Task<OrleansSilo?> SiloAsync(OrleansSiloSpec row) =>
        await Admin.GetOrNullAsync<OrleansSilo>(Namespace, SiloRowName.Of(row), Cancelled);

    public Task<OrleansCluster> TableObjectAsync() => Admin.GetAsync<OrleansCluster>(Namespace, "mesh-orleans", Cancelled);

    /// <summary>Makes this cluster a part of another one's mesh, as <c>multicluster install --join</c> does.</summary>
    public async Task<Secret> JoinAsync(MeshCluster home, string? token = null, Uri? address = null)
    {
        var secret = new Secret
        {
            Metadata = new ObjectMeta { Namespace = Namespace, Name = HomeSecret.Name },
            StringData = new Dictionary<string, string>
            {
                ["cluster"] = home.Name,
                ["server"] = (address ?? home.Address).ToString(),
                ["ca.crt"] = home.Authority,
                ["namespace"] = Namespace,
                ["serviceAccount"] = Account,
                ["token"] = token ?? await home.TokenAsync(),
            },
        };
        await LeaveAsync();
        return await Admin.CreateAsync(secret, Cancelled);
    }

    public async Task LeaveAsync()
    {
        if (await SecretAsync() is not null)
        {
            await Admin.DeleteAsync<Secret>(Namespace, HomeSecret.Name, null, Cancelled);
        }
    }

    public Task<Secret?> SecretAsync() => Admin.GetOrNullAsync<Secret>(Namespace, HomeSecret.Name, Cancelled);

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(c => c.Dispose());
        await _api.DisposeAsync();
    }

    private async Task ApplyAsync(string manifest)
    {
        foreach (var resource in KubernetesYaml.ReadAll(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "k8s", manifest), Cancelled)))
        {
            var (code, body) = await _api.SendAsync(HttpMethod.Post, Collection(resource), resource);
            Assert.True(code == 201, $"{manifest}: {code} {body}");
        }
    }

    private static string Collection(JsonObject resource)
    {
        var version = (string)resource["apiVersion"]!;
        var ns = (string?)resource["metadata"]!["namespace"];
        var path = version.Contains('/') ? $"/apis/{version}" : $"/api/{version}";
        return $"{path}{(ns is null ? "" : $"/namespaces/{ns}")}/{((string)resource["kind"]!).ToLowerInvariant()}s";
    }
}
