using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Embedded.Membership;

namespace Mesh.Embedded.Tests;

/// <summary>One silo of a <see cref="TestCluster"/>.</summary>
public sealed class InProcessSilo(IHost host) : IAsyncDisposable
{
    public IServiceProvider Services => host.Services;

    public IGrainFactory Grains { get; } = host.Services.GetRequiredService<IGrainFactory>();

    public IEmbeddedMembership Membership { get; } = host.Services.GetRequiredService<IEmbeddedMembership>();

    public SiloAddress Address { get; } = host.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;

    public HashSet<SiloAddress> Active =>
        [.. Membership.Current.Members.Where(member => member.Status == MemberStatus.Active).Select(member => member.Address)];

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
