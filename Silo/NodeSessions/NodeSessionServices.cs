using Mesh.Grains.Ports;

namespace Mesh.Silo.NodeSessions;

/// <summary>What every session of this silo uses.</summary>
internal sealed class NodeSessionServices(
    IGrainFactory grains,
    IClusterView view,
    CertificateRequests certificates,
    EnrolmentQuestions enrolments,
    NodeSessionOptions options,
    TimeProvider time,
    NodeSessionMetrics metrics,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers)
{
    public IGrainFactory Grains => grains;

    public CertificateRequests Certificates => certificates;

    public EnrolmentQuestions Enrolments => enrolments;

    public NodeSessionOptions Options => options;

    public TimeProvider Time => time;

    public NodeSessionMetrics Metrics => metrics;

    public CancellationToken Stopping => lifetime.ApplicationStopping;

    public ILogger<NodeSession> Logger { get; } = loggers.CreateLogger<NodeSession>();

    public TrafficForwarder CreateTrafficForwarder(string node) =>
        new(grains, view, node, options, time, metrics, loggers.CreateLogger<TrafficForwarder>());
}
