using Mesh.Proxy.Admin;
using Mesh.Proxy.Certificates;
using Mesh.Proxy.Cni;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Limits;
using Mesh.Proxy.NetworkRules;
using Mesh.Proxy.Session;
using Mesh.Proxy.Succession;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy;

/// <summary>The node's proxy process, composed.</summary>
internal static class NodeProxy
{
    /// <summary>Everything the process consists of; started by the caller.</summary>
    public static IHost Create(ProxyOptions options)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "Mesh.Proxy" });
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout + TimeSpan.FromSeconds(5));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        AddDataPlane(builder.Services, options);
        AddSession(builder.Services, options);
        AddEnrolment(builder.Services);
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton<NodeMetrics>();
        builder.Services.AddSingleton<AdminPages>();
        // The pages are about everything, and everything must be able to close the port: they are looked for when the first is asked for.
        builder.Services.AddSingleton(provider => new AdminServer(
            options.AdminAddress, options.AdminPort, path => provider.GetRequiredService<AdminPages>().Find(path), new AdminLimits(),
            TimeProvider.System, provider.GetRequiredService<ILogger<AdminServer>>()));
        // In this order: traffic of pods enrolled before goes on before a silo is looked for, and what only one process of the node may
        // do comes after the one that did it has retired. The end is in the opposite order, and the admin port the last to open.
        AddRunning<Succession.Succession>(builder.Services);
        AddRunning<SuccessionServer>(builder.Services);
        AddRunning<DataPlaneService>(builder.Services);
        AddRunning<WorkloadCertificates>(builder.Services);
        AddRunning<TakeOver>(builder.Services);
        AddRunning<HandoverServer>(builder.Services);
        AddRunning<CniInstaller>(builder.Services);
        AddRunning<ProxyCertificate>(builder.Services);
        AddRunning<SessionKeeper>(builder.Services);
        builder.Services.AddHostedService(provider => provider.GetRequiredService<AdminServer>());
        return builder.Build();
    }

    private static void AddDataPlane(IServiceCollection services, ProxyOptions options)
    {
        var defaults = new DataPlaneOptions();
        var settings = new DataPlaneOptions
        {
            Cluster = options.ClusterName,
            Node = options.NodeName,
            DrainTimeout = options.DrainTimeout,
            AccessLogPath = options.AccessLogPath,
            TraceCollector = options.TraceCollector,
            Loops = options.Loops > 0 ? options.Loops : defaults.Loops,
        };
        services.AddSingleton(provider => new DataPlaneEngine(
            ProxyLimits.Apply(settings, options.Limits), provider.GetRequiredService<ILoggerFactory>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<INodeDataPlane, EngineDataPlane>();
    }

    private static void AddSession(IServiceCollection services, ProxyOptions options)
    {
        services.AddSingleton(provider => new ResourceStore(
            provider.GetRequiredService<INodeDataPlane>(), options.ResourceFile, provider.GetRequiredService<ILogger<ResourceStore>>()));
        services.AddSingleton(new CertificateFiles(options.CertificateDirectory, options.TrustAnchorsPath));
        services.AddSingleton<SiloClient>();
        services.AddSingleton<DestinationDemand>();
        services.AddSingleton<TrafficBuffer>();
        services.AddSingleton<ICertificateIssuer>(provider => provider.GetRequiredService<SessionKeeper>());
    }

    private static void AddEnrolment(IServiceCollection services)
    {
        services.AddSingleton<Nftables>();
        services.AddSingleton<IEnrolmentAuthority, SessionAuthority>();
        services.AddSingleton<EnrolmentKeeper>();
    }

    private static void AddRunning<T>(IServiceCollection services)
        where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
