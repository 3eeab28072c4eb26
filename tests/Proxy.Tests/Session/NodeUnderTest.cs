using System.Net;
using Mesh.Proxy.Certificates;
using Mesh.Proxy.Session;
using Mesh.Proxy.Tests.Certificates;
using Mesh.Proxy.Tests.Enrolment;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.Session;

/// <summary>The control side of one proxy process, composed as in production over a fake data plane.</summary>
internal sealed class NodeUnderTest : IAsyncDisposable
{
    private readonly List<BackgroundService> _running;
    private readonly ProxyCertificate _own;

    public NodeUnderTest(TemporaryDirectory directory, TestIssuer issuer, int siloPort, TimeProvider? time = null)
    {
        var clock = time ?? TimeProvider.System;
        File.WriteAllText(directory["token"], "the-token\n");
        File.WriteAllText(directory["anchors.pem"], issuer.AnchorPem);
        var options = directory.Options() with { SiloAddress = new DnsEndPoint("127.0.0.1", siloPort) };
        var files = new CertificateFiles(options.CertificateDirectory, options.TrustAnchorsPath);
        var client = new SiloClient(options, clock);
        Resources = new ResourceStore(DataPlane, options.ResourceFile, NullLogger<ResourceStore>.Instance);
        Demand = new DestinationDemand(clock);
        var own = new ProxyCertificate(options, client, files, clock, NullLogger<ProxyCertificate>.Instance);
        Session = new SessionKeeper(
            options, client, own, Resources, Demand, Traffic, DataPlane, clock, NullLogger<SessionKeeper>.Instance);
        Certificates = new WorkloadCertificates(
            options, Resources, Session, files, DataPlane, clock, NullLogger<WorkloadCertificates>.Instance);
        Restored = Resources.Load();
        _running = [Certificates, own, Session];
        _own = own;
    }

    public FakeDataPlane DataPlane { get; } = new();

    public ResourceStore Resources { get; }

    public DestinationDemand Demand { get; }

    public TrafficBuffer Traffic { get; } = new();

    public SessionKeeper Session { get; }

    public WorkloadCertificates Certificates { get; }

    public string OwnCertificateFailure => _own.LastFailure;

    public int Restored { get; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var service in _running)
        {
            await service.StartAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Enumerable.Reverse(_running))
        {
            await service.StopAsync(CancellationToken.None);
            service.Dispose();
        }
    }
}
