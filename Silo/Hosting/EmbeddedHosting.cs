using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Mesh.Grains.Placement;
using Mesh.Grains.Ports;
using Mesh.Silo.Configuration;
using Mesh.Silo.Identity;
using Orleans.Embedded.Hosting;
using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Mesh.Silo.Hosting;

/// <summary>The embedded engine.</summary>
internal static class EmbeddedHosting
{
    /// <summary>
    /// A silo of the mesh on <see cref="SiloOptions.SiloPort"/>: mutual TLS with the silo's certificate, joined by
    /// <see cref="SiloSeeds"/>.
    /// </summary>
    public static WebApplicationBuilder AddOrleansEngine(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<MembersConfigMap>();
        builder.Services.AddHostedService(services => services.GetRequiredService<MembersConfigMap>());
        builder.Services.AddSingleton<SiloSeeds>();
        builder.Services.AddSingleton<ISeedProvider, EmbeddedSeeds>();
        builder.UseOrleans(silo => silo.AddMeshSilo(builder.Configuration[SiloOptions.ClusterNameSetting] ?? ""));
        return builder;
    }

    /// <summary>
    /// Everything but the seeds. From the services are taken <see cref="SiloOptions"/>, <see cref="TimeProvider"/> and what
    /// <c>AddIdentity</c> adds.
    /// </summary>
    internal static ISiloBuilder AddMeshSilo(this ISiloBuilder silo, string cluster)
    {
        silo.UseSiloMetadata(new Dictionary<string, string> { [HomeCluster.MetadataKey] = cluster });
        silo.Services.AddPlacementFilter<HomeClusterPlacementFilterStrategy, HomeClusterPlacementFilterDirector>(ServiceLifetime.Singleton);
        silo.Services.AddOptions<EmbeddedSiloOptions>().Configure<SiloOptions, SiloCertificate, PeerVerifier>(Configure);
        silo.Services.AddSingleton<ISiloMembers, EmbeddedMembers>();
        silo.Services.AddSingleton<ISiloClusters, EmbeddedClusters>();
        return silo;
    }

    private static void Configure(EmbeddedSiloOptions engine, SiloOptions options, SiloCertificate certificate, PeerVerifier verifier)
    {
        engine.ClusterId = "mesh-orleans";
        engine.Name = options.PodName;
        engine.ListenEndPoint = new IPEndPoint(IPAddress.Any, options.SiloPort);
        engine.AdvertisedEndPoint = new IPEndPoint(IPAddress.Parse(options.PodIp), options.SiloPort);
        engine.ShutdownTimeout = TimeSpan.FromSeconds(2);
        engine.JoinTimeout = TimeSpan.FromSeconds(2);
        engine.Tls = new EmbeddedTlsOptions
        {
            Certificate = () => certificate.Context,
            Validate = (stream, peer, chain, _) =>
            {
                var (leaf, rest) = (peer as X509Certificate2, chain?.ChainPolicy.ExtraStore);
                var verification = ((SslStream)stream).IsServer ? verifier.VerifyClient(leaf, rest) : verifier.VerifyServer(leaf, rest);
                return verification.Verified && verification.Identity == options.SiloIdentity;
            },
        };
    }
}
