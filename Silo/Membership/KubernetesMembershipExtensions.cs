using Mesh.Kubernetes;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using SiloOptions = Mesh.Silo.Configuration.SiloOptions;

namespace Mesh.Silo.Membership;

/// <summary>Adds membership to Microsoft's engine.</summary>
internal static class KubernetesMembershipExtensions
{
    /// <summary>Keeps the membership of the Orleans cluster in the API of the home cluster.</summary>
    public static ISiloBuilder UseKubernetesMembership(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton(services => new SiloTable(
            services.GetRequiredService<KubernetesClient>(),
            services.GetRequiredService<SiloOptions>().PodNamespace,
            services.GetRequiredService<IOptions<ClusterOptions>>().Value.ClusterId,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SiloTable>>()));
        silo.Services.AddSingleton<IMembershipTable, KubernetesMembershipTable>();
        return silo;
    }
}
