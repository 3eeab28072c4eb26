using Mesh.Conformance.TestSilo;
using Mesh.Grains.Ports;
using Mesh.Grains.Tests.Fakes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

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
    }

    public FakeClusterView View { get; }

    public FakeClusterWriter Writer { get; }

    public IGrainFactory Grains { get; }

    public IMeshMembership Membership { get; }

    public static async Task<MeshSilo> StartAsync(MeetingPoint meeting, string cluster, FakeClusterView view, FakeClusterWriter writer)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<IClusterView>(view);
        builder.Services.AddSingleton<IClusterWriter>(writer);
        TestSiloHost.Configure(builder, new TestSiloSpec(meeting, cluster + "-1", TestSiloSpec.FreePort()));
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
