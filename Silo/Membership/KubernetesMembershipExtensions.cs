using Mesh.Silo.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Mesh.Silo.Membership;

/// <summary>Adds membership to Microsoft's engine.</summary>
internal static class KubernetesMembershipExtensions
{
    /// <summary>
    /// Keeps the membership of the Orleans cluster in the API of the home cluster, which the silo waits for before it starts and watches
    /// while it runs.
    /// </summary>
    public static ISiloBuilder UseKubernetesMembership(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton<MembershipHome>();
        silo.Services.AddSingleton<IMembershipHome>(services => services.GetRequiredService<MembershipHome>());
        silo.Services.AddSingleton<IStartCondition>(services => services.GetRequiredService<MembershipHome>());
        silo.Services.AddHostedService<HomeWatch>();
        silo.Services.AddSingleton<MembershipMetrics>();
        silo.Services.AddSingleton(services => new SiloTable(
            services.GetRequiredService<IMembershipHome>(),
            services.GetRequiredService<IOptions<ClusterOptions>>().Value.ClusterId,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SiloTable>>()));
        silo.Services.AddSingleton<IMembershipTable, KubernetesMembershipTable>();
        return silo;
    }
}
