using System.Text.Json.Nodes;
using System.Threading.Channels;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Sandbox.Node;

/// <summary>Writes Kubernetes events about pods, in the background; the same event again only raises its count.</summary>
internal sealed partial class EventRecorder(KubernetesClient client, string nodeName, ILogger<EventRecorder> logger, TimeProvider time)
{
    private const int MaxQueued = 1000;
    private readonly Channel<Event> _queue = Channel.CreateBounded<Event>(new BoundedChannelOptions(MaxQueued) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Dictionary<(string? Uid, string? Field, string? Reason, string? Message), (string Name, int Count)> _known = [];

    public void Normal(Pod pod, string reason, string message, string? container = null) => Record(pod, "Normal", reason, message, container);

    public void Warning(Pod pod, string reason, string message, string? container = null) => Record(pod, "Warning", reason, message, container);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var item in _queue.Reader.ReadAllAsync(cancellationToken))
        {
            try
            {
                await WriteAsync(item, cancellationToken);
            }
            catch (Exception exception) when (ApiFailures.IsExpected(exception))
            {
                // An event is a courtesy: losing one must not hold up the next.
                LogLost(item.Reason, item.InvolvedObject.Name, exception.Message);
            }
        }
    }

    private void Record(Pod pod, string type, string reason, string message, string? container)
    {
        var now = time.GetUtcNow();
        _queue.Writer.TryWrite(new Event
        {
            Metadata = new ObjectMeta { Name = $"{pod.Metadata.Name}.{Guid.NewGuid().ToString("N")[..16]}", Namespace = pod.Metadata.Namespace },
            InvolvedObject = new ObjectReference
            {
                ApiVersion = "v1",
                Kind = "Pod",
                Name = pod.Metadata.Name,
                Namespace = pod.Metadata.Namespace,
                Uid = pod.Metadata.Uid,
                FieldPath = container is null ? null : $"spec.containers{{{container}}}",
            },
            Type = type,
            Reason = reason,
            Message = message,
            Source = new EventSource { Component = "kubelet", Host = nodeName },
            ReportingComponent = "kubelet",
            ReportingInstance = nodeName,
            FirstTimestamp = now,
            LastTimestamp = now,
            Count = 1,
        });
    }

    private async Task WriteAsync(Event item, CancellationToken cancellationToken)
    {
        var key = (item.InvolvedObject.Uid, item.InvolvedObject.FieldPath, item.Reason, item.Message);
        if (_known.TryGetValue(key, out var known))
        {
            var count = known.Count + 1;
            _known[key] = (known.Name, count);
            try
            {
                await client.PatchAsync<Event>(item.Metadata.Namespace, known.Name, KubernetesPatch.Merge(new JsonObject
                {
                    ["count"] = count,
                    ["lastTimestamp"] = item.LastTimestamp!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
                }), null, cancellationToken);
                return;
            }
            catch (KubernetesException exception) when (exception.IsNotFound)
            {
                // It has expired: a new one.
            }
        }
        if (_known.Count > MaxQueued)
        {
            _known.Clear();
        }
        await client.CreateAsync(item, cancellationToken);
        _known[key] = (item.Metadata.Name, 1);
    }

    [LoggerMessage(3001, LogLevel.Warning, "Event {Reason} of pod {Pod} was not written: {Problem}")]
    private partial void LogLost(string? reason, string? pod, string problem);
}
