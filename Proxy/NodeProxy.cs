using Mesh.Proxy.Admin;
using Mesh.Proxy.Certificates;
using Mesh.Proxy.Cni;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Hosting;
using Mesh.Proxy.Limits;
using Mesh.Proxy.NetworkRules;
using Mesh.Proxy.Session;
using Mesh.Proxy.Succession;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy;

/// <summary>The node's proxy process, composed. By hand: what a container would bring with it is more than what it would compose.</summary>
internal static class NodeProxy
{
    /// <summary>Everything the process consists of; run and disposed of by the caller.</summary>
    /// <param name="options">The process's settings.</param>
    /// <param name="loggers">Where logs go; disposed of by the caller, after the rest.</param>
    public static NodeHost Create(ProxyOptions options, ILoggerFactory loggers)
    {
        var time = TimeProvider.System;
        var lifetime = new ProcessLifetime();
        var traffic = new TrafficBuffer();
        var demand = new DestinationDemand(time);
        var engine = new DataPlaneEngine(ProxyLimits.Apply(EngineOptions(options), options.Limits), loggers, time);
        var dataPlane = new EngineDataPlane(engine);
        var resources = new ResourceStore(dataPlane, options.ResourceFile, loggers.CreateLogger<ResourceStore>());

        var client = new SiloClient(options, time);
        var files = new CertificateFiles(options.CertificateDirectory, options.TrustAnchorsPath);
        var own = new ProxyCertificate(options, client, files, time, loggers.CreateLogger<ProxyCertificate>());
        var session = new SessionKeeper(
            options, client, own, resources, demand, traffic, dataPlane, time, loggers.CreateLogger<SessionKeeper>());
        var certificates = new WorkloadCertificates(
            options, resources, session, files, dataPlane, time, loggers.CreateLogger<WorkloadCertificates>());

        var authority = new SessionAuthority(session, resources, certificates);
        var enrolments = new EnrolmentKeeper(
            options, authority, dataPlane, new Nftables(time), time, loggers.CreateLogger<EnrolmentKeeper>());
        var handover = new HandoverServer(options, enrolments, authority, time, loggers.CreateLogger<HandoverServer>());
        var installer = new CniInstaller(options, time, loggers.CreateLogger<CniInstaller>());

        // The pages are about everything, and everything must be able to close the port: they are there before the first is asked for.
        AdminPages? pages = null;
        var admin = new AdminServer(
            options.AdminAddress, options.AdminPort, path => pages!.Find(path), new AdminLimits(), time, loggers.CreateLogger<AdminServer>());
        var succession = new Succession.Succession(options, traffic, time, loggers.CreateLogger<Succession.Succession>());
        var successionServer = new SuccessionServer(
            options, succession, enrolments, handover, installer, session, resources, traffic, dataPlane, admin, lifetime, time,
            loggers.CreateLogger<SuccessionServer>());
        var running = new DataPlaneService(
            options, engine, resources, demand, successionServer, time, loggers.CreateLogger<DataPlaneService>());
        var metrics = new NodeMetrics(session, resources, demand, traffic, enrolments, certificates, own, installer);
        pages = new AdminPages(new Readiness(installer, handover, session, running), dataPlane, metrics);

        return new NodeHost(
            lifetime,
            // In this order: traffic of pods enrolled before goes on before a silo is looked for, and what only one process of the node
            // may do comes after the one that did it has retired. The end is in the opposite order, and the admin port the last to open.
            [
                succession, successionServer, running, certificates, new TakeOver(succession, enrolments, handover), handover, installer,
                own, session, admin,
            ],
            [lifetime, engine, own, session, certificates, enrolments, handover, installer, admin, succession, successionServer],
            options.DrainTimeout + TimeSpan.FromSeconds(5), time, loggers.CreateLogger<NodeHost>());
    }

    private static DataPlaneOptions EngineOptions(ProxyOptions options)
    {
        var defaults = new DataPlaneOptions();
        return new DataPlaneOptions
        {
            Cluster = options.ClusterName,
            Node = options.NodeName,
            DrainTimeout = options.DrainTimeout,
            AccessLogPath = options.AccessLogPath,
            TraceCollector = options.TraceCollector,
            Loops = options.Loops > 0 ? options.Loops : defaults.Loops,
        };
    }
}
