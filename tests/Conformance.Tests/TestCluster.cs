using Mesh.Conformance.TestSilo;
using Mesh.Conformance.TestSilo.Grains;
using Mesh.Testing;
using Microsoft.Extensions.Hosting;

namespace Mesh.Conformance.Tests;

/// <summary>Several silos in this process, joined over loopback with mutual TLS.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly List<InProcessSilo> _silos = [];

    public MeetingPoint Meeting { get; } = MeetingPoint.Create();

    public IReadOnlyList<InProcessSilo> Silos => _silos;

    public InProcessSilo this[int index] => _silos[index];

    /// <summary>Starts one silo per name of the form <c>cluster-number</c> and waits until all see each other.</summary>
    public static async Task<TestCluster> StartAsync(params string[] names)
    {
        var cluster = new TestCluster();
        foreach (var name in names)
        {
            await cluster.AddAsync(name);
        }
        await cluster.SettleAsync();
        return cluster;
    }

    /// <param name="name">Of the form <c>cluster-number</c>.</param>
    /// <param name="configure">Before the silo's own services are added.</param>
    /// <param name="relay">Stands before the silo; the others reach it only through this.</param>
    /// <param name="then">After the silo's own services have been added.</param>
    /// <param name="at">The port; any free one otherwise.</param>
    public async Task<InProcessSilo> AddAsync(
        string name, Action<IHostApplicationBuilder>? configure = null, Relay? relay = null, Action<IHostApplicationBuilder>? then = null,
        int? at = null)
    {
        // Without the defaults: they watch configuration files, and the system has few watches to give.
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        configure?.Invoke(builder);
        var port = at ?? TestSiloSpec.FreePort();
        var spec = relay is null ? new TestSiloSpec(Meeting, name, port) : new TestSiloSpec(Meeting, name, relay.EndPoint.Port, port);
        relay?.Start(spec.Listen);
        TestSiloHost.Configure(builder, spec);
        then?.Invoke(builder);
        var host = builder.Build();
        await host.StartAsync();
        var silo = new InProcessSilo(host);
        _silos.Add(silo);
        return silo;
    }

    /// <summary>Waits until every silo sees that every other one answers, and calls reach every cluster from everywhere.</summary>
    public async Task SettleAsync()
    {
        await Eventually.Holds(
            () => _silos.All(silo => silo.Alive.SetEquals(_silos.Select(other => other.Address.Endpoint))), Patience, Describe);
        await Eventually.Holds(ReachableAsync, Patience, Describe);
    }

    public async Task RemoveAsync(InProcessSilo silo)
    {
        _silos.Remove(silo);
        await silo.DisposeAsync();
    }

    public string Describe() => string.Join("; ", _silos.Select(silo =>
        $"{silo.Address} sees {string.Join(", ", silo.Members.Select(m => $"{m.Cluster}={m.Address}{(m.Alive ? "" : " (silent)")}"))}"));

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_silos.Select(silo => silo.DisposeAsync().AsTask()));
        Meeting.Dispose();
    }

    // A silo that answers may still be joining.
    private async Task<bool> ReachableAsync()
    {
        var clusters = _silos.SelectMany(silo => silo.Members).Where(member => member.Alive).Select(member => member.Cluster).Distinct().ToArray();
        try
        {
            await Task.WhenAll(_silos.SelectMany(silo => clusters.Select(c => silo.Grains.GetGrain<IReachedGrain>($"{c}/reached").Reach())));
            return true;
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            return false;
        }
    }
}
