using Mesh.Grains.Ports;
using Mesh.Kubernetes;
using Mesh.Silo.Configuration;

namespace Mesh.Silo.Writing;

/// <summary>Adds writing to the silo's own cluster.</summary>
internal static class WritingRegistration
{
    /// <summary><see cref="IClusterWriter"/> over the cluster's API server.</summary>
    public static WebApplicationBuilder AddWriting(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<WritingMetrics>();
        builder.Services.AddSingleton(services => new EventRecorder(
            services.GetRequiredService<KubernetesClient>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<SiloOptions>().PodName));
        builder.Services.AddSingleton<IClusterWriter, ClusterWriter>();
        return builder;
    }
}
