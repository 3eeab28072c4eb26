using System.Net;
using System.Security.Cryptography.X509Certificates;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Embedded.Membership;

namespace Mesh.Embedded.Tests;

/// <summary>Several silos in this process, joined over loopback with mutual TLS.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private static readonly X509Certificate2 Anchor = TestCertificates.CreateAnchor();

    private readonly List<InProcessSilo> _silos = [];

    public IReadOnlyList<InProcessSilo> Silos => _silos;

    public InProcessSilo this[int index] => _silos[index];

    public static TestCertificates Certificates(string dnsName = TestCertificates.SiloName) => TestCertificates.Create(Anchor, dnsName);

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

    public async Task<InProcessSilo> AddAsync(string name, int port = 0, Action<IHostApplicationBuilder>? configure = null)
    {
        // Without the defaults: they watch configuration files, and the system has few watches to give.
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        var seeds = _silos.Take(1).Select(silo => silo.Address.Endpoint).ToArray();
        TestSiloHost.Configure(
            builder, new IPEndPoint(IPAddress.Loopback, port), name, name.Split('-')[0], seeds, Certificates().Tls());
        configure?.Invoke(builder);
        var host = builder.Build();
        var silo = new InProcessSilo(host);
        await host.StartAsync();
        _silos.Add(silo);
        return silo;
    }

    /// <summary>Waits until every silo sees every other one active.</summary>
    public Task SettleAsync() => Eventually.Holds(
        () => _silos.All(silo => silo.Active.SetEquals(_silos.Select(other => other.Address))),
        TimeSpan.FromSeconds(20),
        Describe);

    public async Task RemoveAsync(InProcessSilo silo)
    {
        _silos.Remove(silo);
        await silo.DisposeAsync();
    }

    public string Describe() => string.Join("; ", _silos.Select(silo =>
        $"{silo.Address} sees {string.Join(", ", silo.Membership.Current.Members.Select(m => $"{m.Address} {m.Status} {m.Failure}"))}"));

    public async ValueTask DisposeAsync() => await Task.WhenAll(_silos.Select(silo => silo.DisposeAsync().AsTask()));
}
