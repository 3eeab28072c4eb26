using System.Net;
using Mesh.Grains.Placement;
using Mesh.Grains.Ports;
using Mesh.Grains.Tests.Fakes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Embedded.Hosting;
using Orleans.Embedded.Membership;
using Orleans.Placement;

namespace Mesh.Grains.Tests.Engine;

/// <summary>One silo of a cluster whose Kubernetes API is in memory.</summary>
internal sealed class MeshSilo : IAsyncDisposable
{
    private readonly IHost _host;

    private MeshSilo(IHost host, FakeClusterView view, FakeClusterWriter writer)
    {
        _host = host;
        View = view;
        Writer = writer;
        Grains = host.Services.GetRequiredService<IGrainFactory>();
        Membership = host.Services.GetRequiredService<IMeshMembership>();
        EndPoint = host.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.Endpoint;
    }

    public FakeClusterView View { get; }

    public FakeClusterWriter Writer { get; }

    public IGrainFactory Grains { get; }

    public IMeshMembership Membership { get; }

    public IPEndPoint EndPoint { get; }

    public static async Task<MeshSilo> StartAsync(string cluster, FakeClusterView view, FakeClusterWriter writer, params IPEndPoint[] seeds)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IClusterView>(view);
        builder.Services.AddSingleton<IClusterWriter>(writer);
        builder.Services.AddSingleton<IMeshMembership, MembershipOfEngine>();
        builder.UseOrleans(silo => silo
            .ConfigureServices(services => services
                .AddPlacementFilter<HomeClusterPlacementFilterStrategy, HomeClusterPlacementFilterDirector>(ServiceLifetime.Singleton))
            .UseEmbedded(options =>
            {
                options.ListenEndPoint = new IPEndPoint(IPAddress.Loopback, 0);
                options.Name = cluster + "-1";
                options.Metadata[HomeClusterPlacementFilterDirector.MetadataKey] = cluster;
                options.Seeds = new StaticSeeds(seeds);
                options.HeartbeatInterval = TimeSpan.FromMilliseconds(200);
                options.DeadAfter = TimeSpan.FromSeconds(2);
                options.SeedInterval = TimeSpan.FromMilliseconds(200);
                options.JoinTimeout = TimeSpan.FromSeconds(1);
                options.ShutdownTimeout = TimeSpan.FromSeconds(1);
                options.ApplicationAssemblies = [typeof(HomeClusterAttribute).Assembly, typeof(Interfaces.Links.ILinkGrain).Assembly];
            }));
        var host = builder.Build();
        await host.StartAsync();
        return new MeshSilo(host, view, writer);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
