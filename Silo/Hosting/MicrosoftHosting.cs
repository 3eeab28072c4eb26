using System.Net;
using Mesh.Grains.Placement;
using Mesh.Silo.GrainDirectory;
using Mesh.Silo.Liveness;
using Mesh.Silo.Membership;
using Orleans.Configuration;
using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Serialization;
using SiloOptions = Mesh.Silo.Configuration.SiloOptions;

namespace Mesh.Silo.Hosting;

/// <summary>Microsoft's engine.</summary>
internal static class MicrosoftHosting
{
    // Long enough for a grain that writes to a slow API server, short enough for whoever waits behind it.
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A silo of the mesh on <see cref="SiloOptions.SiloPort"/>: mutual TLS with the silo's certificate, membership kept by the home cluster's
    /// API.
    /// </summary>
    public static WebApplicationBuilder AddOrleansEngine(this WebApplicationBuilder builder)
    {
        builder.UseOrleans(silo => silo.UseKubernetesMembership().AddEngineDashboard().AddMeshSilo(
            builder.Configuration[SiloOptions.ClusterNameSetting] ?? ""));
        return builder;
    }

    /// <summary>
    /// Everything but where the membership is kept, for which an <see cref="IMembershipTable"/> has been added before. From the services are
    /// taken <see cref="SiloOptions"/>, <see cref="TimeProvider"/> and what <c>AddIdentity</c> adds.
    /// </summary>
    internal static ISiloBuilder AddMeshSilo(this ISiloBuilder silo, string cluster)
    {
        silo.Services.Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = "mesh-orleans");
        silo.Services.AddOptions<Orleans.Configuration.SiloOptions>()
            .Configure<SiloOptions>((engine, options) => engine.SiloName = SiloNames.Of(options.ClusterName, options.PodName));
        silo.Services.AddOptions<EndpointOptions>().Configure<SiloOptions>((endpoint, options) =>
        {
            endpoint.AdvertisedIPAddress = IPAddress.Parse(options.PodIp);
            endpoint.SiloPort = options.SiloPort;
            endpoint.SiloListeningEndpoint = new IPEndPoint(IPAddress.Any, options.SiloPort);
            // Nobody is a client of the cluster but the silos themselves.
            endpoint.GatewayPort = 0;
        });
        silo.Services.Configure<SiloMessagingOptions>(messaging =>
        {
            messaging.ResponseTimeout = ResponseTimeout;
            messaging.SystemResponseTimeout = ResponseTimeout;
        });
        // As they are, with their text; of other types only the base library's travel.
        silo.Services.Configure<ExceptionSerializationOptions>(options => options.SupportedNamespacePrefixes.Add("Mesh"));
        silo.UseSiloMetadata(new Dictionary<string, string> { [HomeCluster.MetadataKey] = cluster });
        // Evenly over the cluster's silos. Orleans' default goes by loads that all silos tell each other, and leaves a new one empty at first.
        silo.Services.AddSingleton<PlacementStrategy, RandomPlacement>();
        silo.Services.AddPlacementFilter<HomeClusterPlacementFilterStrategy, HomeClusterPlacementFilterDirector>(ServiceLifetime.Singleton);
        silo.Services.AddSingleton<MicrosoftConnections>();
        silo.Services.AddOptions<SiloConnectionOptions>()
            .Configure<MicrosoftConnections>((options, connections) => connections.Configure(options));
        // A pod's network answers at once or not at all; whoever waits for the connection has 10 s in all.
        silo.Services.Configure<ConnectionOptions>(options => options.OpenConnectionTimeout = TimeSpan.FromSeconds(2));
        silo.AddClusterwiseMembership();
        silo.AddHomeDirectory();
        silo.Services.AddSingleton<MicrosoftMembers>();
        silo.Services.AddSingleton<ISiloMembers>(services => services.GetRequiredService<MicrosoftMembers>());
        return silo;
    }
}
