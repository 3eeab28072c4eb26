using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Mesh.Grains.Placement;
using Mesh.Silo.Configuration;
using Mesh.Silo.Identity;
using Orleans.Embedded.Hosting;
using Orleans.Placement;

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
        builder.UseOrleans(silo => silo.Services.AddPlacementFilter<HomeClusterPlacementFilterStrategy, HomeClusterPlacementFilterDirector>(
            ServiceLifetime.Singleton));
        builder.Services.AddOptions<EmbeddedSiloOptions>().Configure<SiloOptions, SiloCertificate, PeerVerifier>(Configure);
        builder.Services.AddSingleton<ISeedProvider, EmbeddedSeeds>();
        builder.Services.AddSingleton<ISiloMembers, EmbeddedMembers>();
        return builder;
    }

    private static void Configure(EmbeddedSiloOptions engine, SiloOptions options, SiloCertificate certificate, PeerVerifier verifier)
    {
        engine.ClusterId = "mesh-orleans";
        engine.Name = options.PodName;
        engine.ListenEndPoint = new IPEndPoint(IPAddress.Any, options.SiloPort);
        engine.AdvertisedEndPoint = new IPEndPoint(IPAddress.Parse(options.PodIp), options.SiloPort);
        engine.Metadata[HomeClusterPlacementFilterDirector.MetadataKey] = options.ClusterName;
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
