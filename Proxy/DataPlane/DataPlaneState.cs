using System.Collections.Concurrent;
using Mesh.Proxy.AccessLogs;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tls;
using Mesh.Proxy.Tracing;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.DataPlane;

/// <summary>What the loops share: options, the current snapshot and certificates, and what they tell others. Thread-safe.</summary>
internal sealed class DataPlaneState(DataPlaneOptions options, IOriginalDestination originalDestination, ILogger logger, TimeProvider time)
{
    private DataPlaneSnapshot _snapshot = DataPlaneSnapshot.Empty;

    public DataPlaneOptions Options { get; } = options;

    public IOriginalDestination OriginalDestination { get; } = originalDestination;

    public ILogger Logger { get; } = logger;

    public TimeProvider Time { get; } = time;

    public AccessLogWriter AccessLog { get; } = AccessLogWriter.To(options.AccessLogPath, logger);

    /// <summary>Null: there is no collector of traces.</summary>
    public SpanExporter? Spans { get; } = options.TraceCollector is { } collector ? new SpanExporter(collector, options, time, logger) : null;

    public Action<string, SocketEndpoint>? UnknownDestination { get; set; }

    /// <summary>Replaced whole, with one volatile write; readers take it once per decision.</summary>
    public DataPlaneSnapshot Snapshot
    {
        get => Volatile.Read(ref _snapshot);
        set => Volatile.Write(ref _snapshot, value);
    }

    /// <summary>The current certificates. Whoever replaces or removes one gives up its reference.</summary>
    public ConcurrentDictionary<ServiceAccountKey, TlsContext> Certificates { get; } = new();

    public ConcurrentDictionary<SocketEndpoint, DestinationActivity> Destinations { get; } = new();
}
