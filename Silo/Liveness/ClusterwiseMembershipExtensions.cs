using Mesh.Grains.Ports;
using Orleans.Configuration;

namespace Mesh.Silo.Liveness;

/// <summary>Adds what keeps a cut between clusters from being taken for the death of silos.</summary>
internal static class ClusterwiseMembershipExtensions
{
    /// <summary>Call it after the <see cref="IMembershipTable"/> has been added: it is wrapped.</summary>
    /// <exception cref="InvalidOperationException">No table has been added.</exception>
    public static ISiloBuilder AddClusterwiseMembership(this ISiloBuilder silo)
    {
        silo.Services.Configure<ClusterMembershipOptions>(Configure);
        silo.Services.AddSingleton<ISiloClusters, SiloNameClusters>();
        silo.Services.AddSingleton<SiloPulseClient>();
        silo.Services.AddSingleton<SiloPulses>();
        silo.Services.AddHostedService(services => services.GetRequiredService<SiloPulses>());
        silo.AddGrainService<SiloPulse>();
        silo.AddOutgoingGrainCallFilter<ForeignSiloFilter>();
        Wrap(silo.Services);
        return silo;
    }

    private static void Configure(ClusterMembershipOptions options)
    {
        // A silo that does not answer is out after about 6 s.
        options.ProbeTimeout = TimeSpan.FromSeconds(2);
        options.NumMissedProbesLimit = 3;
        // All of the cluster's own: a vote counts only from there, and checks of foreign silos cost nothing.
        options.NumProbedSilos = 1000;
        // Through a silo of another cluster a check would say more about the path between the clusters.
        options.EnableIndirectProbes = false;
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
        options.TableRefreshTimeout = TimeSpan.FromSeconds(10);
        // How long a silo tries to join or to say that it leaves; Kubernetes starts another.
        options.MaxJoinAttemptTime = TimeSpan.FromMinutes(2);
    }

    private static void Wrap(IServiceCollection services)
    {
        var inner = services.LastOrDefault(s => s.ServiceType == typeof(IMembershipTable) && !s.IsKeyedService)
            ?? throw new InvalidOperationException("There is no membership table. Add one before AddClusterwiseMembership().");
        services.Remove(inner);
        services.AddSingleton<IMembershipTable>(provider => ActivatorUtilities.CreateInstance<HomeClusterMembershipTable>(
            provider,
            inner.ImplementationInstance
                ?? inner.ImplementationFactory?.Invoke(provider)
                ?? ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!)));
    }
}
