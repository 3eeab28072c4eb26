using System.Net;
using Mesh.Grains.Placement;
using Mesh.Grains.Ports;
using Mesh.Silo.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Embedded.Hosting;
using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Mesh.Embedded.Tests;

/// <summary>Makes a host a silo with the test grains, with times short enough for tests.</summary>
public static class TestSiloHost
{
    public static void Configure(
        IHostApplicationBuilder builder, IPEndPoint listen, string name, string cluster, IPEndPoint[] seeds, EmbeddedTlsOptions? tls)
    {
        builder.Logging.ClearProviders();
        if (Environment.GetEnvironmentVariable("MESH_TEST_LOG") is not null)
        {
            builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Debug);
        }
        builder.UseOrleans(silo => silo
            .UseSiloMetadata(new Dictionary<string, string> { ["cluster"] = cluster })
            .ConfigureServices(services => services
                .AddPlacementFilter<HomeClusterPlacementFilterStrategy, HomeClusterPlacementFilterDirector>(ServiceLifetime.Singleton)
                .AddSingleton<ISiloClusters, EmbeddedClusters>())
            .UseEmbedded(options =>
            {
                options.ListenEndPoint = listen;
                options.Name = name;
                options.Seeds = new StaticSeeds(seeds);
                options.Tls = tls;
                options.HeartbeatInterval = TimeSpan.FromMilliseconds(200);
                options.DeadAfter = TimeSpan.FromSeconds(2);
                options.SeedInterval = TimeSpan.FromMilliseconds(300);
            }));
    }
}
