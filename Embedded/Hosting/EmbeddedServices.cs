using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Embedded.Activations;
using Orleans.Embedded.Calls;
using Orleans.Embedded.Catalog;
using Orleans.Embedded.Membership;
using Orleans.Embedded.Placement;
using Orleans.Embedded.Transport;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Timers;

namespace Orleans.Embedded.Hosting;

/// <summary>Puts a silo together.</summary>
internal static class EmbeddedServices
{
    public static ISiloBuilder AddSilo(IServiceCollection services, IConfiguration configuration)
    {
        if (services.Any(service => service.ServiceType == typeof(EmbeddedSilo)))
        {
            return new SiloBuilder(services, configuration);
        }
        services.AddOptions<EmbeddedSiloOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<EmbeddedSiloOptions>, EmbeddedSiloOptionsValidator>();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new GrainCatalog(
            provider.GetRequiredService<IOptions<EmbeddedSiloOptions>>().Value.ApplicationAssemblies ?? ApplicationAssemblies.Find()));
        AddMembership(services);
        AddCalls(services);
        AddActivations(services);
        services.AddSingleton<EmbeddedSilo>();
        services.AddHostedService(provider => provider.GetRequiredService<EmbeddedSilo>());
        return new SiloBuilder(services, configuration);
    }

    private static void AddMembership(IServiceCollection services)
    {
        services.AddSingleton<SiloSocket>();
        services.AddSingleton<LocalSilo>();
        services.AddSingleton<ILocalSiloDetails>(provider => provider.GetRequiredService<LocalSilo>());
        services.AddSingleton(provider =>
            new MembershipTable(provider.GetRequiredService<LocalSilo>().Record, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IEmbeddedMembership>(provider => provider.GetRequiredService<MembershipTable>());
        services.AddSingleton<ISiloMetadataCache>(provider => provider.GetRequiredService<MembershipTable>());
        services.AddSingleton<RendezvousPlacement>();
        services.AddSingleton(provider => new PeerDialer(
            provider.GetRequiredService<IOptions<EmbeddedSiloOptions>>().Value,
            provider.GetRequiredService<MembershipTable>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<PeerLinks>();
        services.AddSingleton<SeedJoiner>();
        services.AddSingleton<SiloListener>();
    }

    private static void AddCalls(IServiceCollection services)
    {
        services.AddSingleton<ReferenceFactory>();
        services.AddSingleton<ObserverTable>();
        services.AddSingleton<CallRouter>();
        services.AddSingleton<GrainFactory>();
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<GrainFactory>());
        services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<GrainFactory>());
    }

    private static void AddActivations(IServiceCollection services)
    {
        services.AddSingleton<ActivationHost>();
        services.AddSingleton<ITimerRegistry, TimerRegistry>();
        services.AddSingleton<IGrainRuntime, GrainRuntime>();
    }
}
