using System.Net;
using Mesh.Conformance.TestSilo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mesh.Conformance.Tests;

/// <summary>One silo of a <see cref="TestCluster"/>.</summary>
public sealed class InProcessSilo(IHost host) : IAsyncDisposable
{
    public IServiceProvider Services => host.Services;

    public IGrainFactory Grains { get; } = host.Services.GetRequiredService<IGrainFactory>();

    public SiloAddress Address { get; } = host.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;

    public IReadOnlyList<TestMember> Members => TestSiloHost.Members(host.Services);

    public HashSet<IPEndPoint> Alive => [.. Members.Where(member => member.Alive).Select(member => member.Address)];

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
