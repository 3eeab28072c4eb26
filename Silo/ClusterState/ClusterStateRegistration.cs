using Mesh.Grains.Ports;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Silo.Configuration;
using Mesh.Silo.Health;

namespace Mesh.Silo.ClusterState;

/// <summary>Adds the view of the silo's own cluster.</summary>
internal static class ClusterStateRegistration
{
    /// <summary>The client of the cluster's API server, the informers and <see cref="IClusterView"/>.</summary>
    public static WebApplicationBuilder AddClusterState(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services =>
            new KubernetesClient(Connection(services.GetRequiredService<SiloOptions>()), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<ClusterView>();
        builder.Services.AddSingleton<IClusterView>(services => services.GetRequiredService<ClusterView>());
        builder.Services.AddSingleton<LinkSeeds>();
        builder.Services.AddSingleton<ClusterStateMetrics>();
        builder.Services.AddSingleton<ClusterInformers>();
        builder.Services.AddSingleton<IReadiness>(services => services.GetRequiredService<ClusterInformers>());
        builder.Services.AddHostedService(services => services.GetRequiredService<ClusterInformers>());
        builder.Services.AddHostedService<InformedStart>();
        return builder;
    }

    private static ClusterConnection Connection(SiloOptions options) =>
        options.Kubeconfig.Length > 0
            ? ClusterConnection.FromKubeconfig(options.Kubeconfig, options.KubeconfigContext is { Length: > 0 } context ? context : null)
            : ClusterConnection.InCluster();
}
