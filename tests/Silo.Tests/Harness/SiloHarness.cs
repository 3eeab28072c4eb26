using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Silo.ClusterState;
using Mesh.Silo.Health;
using Mesh.Silo.Hosting;
using Mesh.Silo.Identity;
using Mesh.Silo.NodeSessions;
using Mesh.Silo.Tests.Identity;
using Mesh.Silo.Tokens;
using Mesh.Silo.Viz;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Silo.Tests.Harness;

/// <summary>The HTTP side of a silo on loopback ports, real down to the TLS, with fakes where the cluster and the grains would be.</summary>
internal sealed class SiloHarness : IAsyncDisposable
{
    public const string ProxyAccount = "system:serviceaccount:mesh-system:mesh-proxy";

    private readonly WebApplication _app;

    private SiloHarness(WebApplication app, Pki pki, FakeGrains grains, FakeTokens tokens, FakeMembers members)
    {
        _app = app;
        Pki = pki;
        Grains = grains;
        Tokens = tokens;
        Members = members;
    }

    public Pki Pki { get; }

    public FakeGrains Grains { get; }

    public FakeTokens Tokens { get; }

    public FakeMembers Members { get; }

    public ClusterView View => _app.Services.GetRequiredService<ClusterView>();

    public NodeSessionRegistry Sessions => _app.Services.GetRequiredService<NodeSessionRegistry>();

    public Uri NodeApi { get; private set; } = null!;

    public Uri Health { get; private set; } = null!;

    public Uri Viz { get; private set; } = null!;

    /// <summary>A silo of cluster east that knows the proxy pod of node-1 by the token "proxy-1".</summary>
    public static async Task<SiloHarness> StartAsync(NodeSessionOptions? sessions = null)
    {
        var pki = new Pki();
        var (grains, tokens, members) = (new FakeGrains(), new FakeTokens(), new FakeMembers());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(pki.Options);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ClusterView>();
        builder.Services.AddSingleton<IClusterView>(services => services.GetRequiredService<ClusterView>());
        builder.Services.AddSingleton<ITokenReviewer>(tokens);
        builder.Services.AddSingleton<IGrainFactory>(grains);
        builder.Services.AddSingleton<ISiloMembers>(members);
        builder.AddHealth();
        builder.AddIdentity();
        builder.AddNodeSessions();
        builder.AddViz();
        builder.Services.AddSingleton(sessions ?? new NodeSessionOptions { PodPatience = TimeSpan.FromMilliseconds(200) });
        var app = builder.Build();
        app.UseHealth();
        app.UseNodeSessions();
        app.UseViz();
        await app.StartAsync();

        var silo = new SiloHarness(app, pki, grains, tokens, members);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Select(a => new Uri(a.Replace("[::]", "127.0.0.1", StringComparison.Ordinal))).ToArray();
        (silo.Health, silo.NodeApi, silo.Viz) = (addresses[0], addresses[1], addresses[2]);
        silo.AddPod("mesh-system", "mesh-proxy-1", "mesh-proxy", "node-1");
        tokens.Add("proxy-1", NodeAuthenticator.Audience, ProxyAccount, "mesh-proxy-1", "uid-mesh-proxy-1");
        return silo;
    }

    public void AddPod(string ns, string name, string serviceAccount, string node, bool meshed = false, string phase = "Running")
    {
        var annotations = meshed
            ? ImmutableSortedDictionary<string, string>.Empty.Add("linkerd.io/inject", "enabled")
            : ImmutableSortedDictionary<string, string>.Empty;
        var pod = new ObservedPod(
            ns, name, "uid-" + name, ImmutableSortedDictionary<string, string>.Empty, annotations, [], false, node, serviceAccount, phase,
            true, false, "pod", name, [], []);
        View.PodTable.Set(ns, name, pod, out _);
        View.Announce(new ClusterChange(ClusterTopic.Pods, ns, name, node, []));
    }

    /// <summary>A client that takes any server certificate, HTTP/2 only.</summary>
    public HttpClient Client(X509Certificate2? certificate, X509Certificate2? issuer = null)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, server, chain, _) =>
                    Pki.Verifier.VerifyServer(server as X509Certificate2, chain?.ChainPolicy.ExtraStore) is { Verified: true } peer
                    && peer.Identity == Pki.Options.SiloIdentity,
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, [issuer ?? Pki.Issuer], offline: true),
                LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
            },
        };
        return new HttpClient(handler)
        {
            BaseAddress = NodeApi,
            DefaultRequestVersion = new Version(2, 0),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(true));
        await _app.DisposeAsync();
        Pki.Dispose();
    }
}
