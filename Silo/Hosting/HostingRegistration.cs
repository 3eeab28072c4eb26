using Mesh.Grains.Ports;

namespace Mesh.Silo.Hosting;

/// <summary>Adds Orleans.</summary>
internal static class HostingRegistration
{
    // A pod is killed 10 s after it is asked to end; sessions and grains need far less.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(4);

    /// <summary>This silo's part of the Orleans cluster that spans all Kubernetes clusters, with whichever engine the build has.</summary>
    public static WebApplicationBuilder AddOrleans(this WebApplicationBuilder builder)
    {
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton<MeshMembership>();
        builder.Services.AddSingleton<IMeshMembership>(services => services.GetRequiredService<MeshMembership>());
        return builder.AddOrleansEngine();
    }
}
