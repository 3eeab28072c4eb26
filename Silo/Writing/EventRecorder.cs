using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Grains.Ports;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.Writing;

/// <summary>
/// Records events so that a repetition counts up the one that is there. The event's name is made from what it says, so a silo that takes
/// over finds it; repetitions within <see cref="Quiet"/> are counted and written later, so that a reconciler may say the same all the time.
/// </summary>
internal sealed class EventRecorder(KubernetesClient client, TimeProvider time, string instance)
{
    /// <summary>How often one event is written at most.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);

    private const int MaxRemembered = 4096;
    private const int MaxMessage = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long At, int Unwritten)> _recent = new(StringComparer.Ordinal);

    public async Task RecordAsync(ClusterEvent clusterEvent, CancellationToken cancellationToken)
    {
        var name = NameOf(clusterEvent);
        // Events of objects without a namespace are kept in default.
        var ns = clusterEvent.Namespace.Length > 0 ? clusterEvent.Namespace : "default";
        if (!IsDue($"{ns}/{name}", out var times))
        {
            return;
        }
        try
        {
            await WriteAsync(clusterEvent, ns, name, times, cancellationToken);
        }
        catch
        {
            NotWritten($"{ns}/{name}", times);
            throw;
        }
    }

    private async Task WriteAsync(ClusterEvent clusterEvent, string ns, string name, int times, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        now = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        if (await client.GetOrNullAsync<Event>(ns, name, cancellationToken) is { } existing)
        {
            var patch = KubernetesPatch.Merge(new JsonObject
            {
                ["count"] = (existing.Count ?? 1) + times,
                ["lastTimestamp"] = StatusManifest.Time(now),
            });
            await client.PatchAsync<Event>(ns, name, patch, null, cancellationToken);
            return;
        }
        await client.CreateAsync(
            new Event
            {
                Metadata = new ObjectMeta { Namespace = ns, Name = name },
                InvolvedObject = new ObjectReference
                {
                    ApiVersion = clusterEvent.ApiVersion,
                    Kind = clusterEvent.Kind,
                    Namespace = clusterEvent.Namespace.Length > 0 ? clusterEvent.Namespace : null,
                    Name = clusterEvent.Name,
                    Uid = clusterEvent.Uid.Length > 0 ? clusterEvent.Uid : null,
                },
                Type = clusterEvent.Type,
                Reason = clusterEvent.Reason,
                Message = Shortened(clusterEvent.Message),
                Source = new EventSource { Component = clusterEvent.Component },
                ReportingComponent = clusterEvent.Component,
                ReportingInstance = instance,
                FirstTimestamp = now,
                LastTimestamp = now,
                Count = times,
            },
            cancellationToken);
    }

    private bool IsDue(string key, out int times)
    {
        lock (_lock)
        {
            var known = _recent.TryGetValue(key, out var recent);
            times = recent.Unwritten + 1;
            if (known && time.GetElapsedTime(recent.At) < Quiet)
            {
                _recent[key] = (recent.At, times);
                return false;
            }
            if (!known && _recent.Count >= MaxRemembered)
            {
                // Forgetting costs a write or two, remembering for ever costs memory.
                _recent.Clear();
            }
            _recent[key] = (time.GetTimestamp(), 0);
            return true;
        }
    }

    private void NotWritten(string key, int times)
    {
        lock (_lock)
        {
            _recent[key] = (time.GetTimestamp() - ((long)Quiet.TotalSeconds * time.TimestampFrequency), times);
        }
    }

    private static string NameOf(ClusterEvent e)
    {
        var content = string.Join('\n', e.ApiVersion, e.Kind, e.Namespace, e.Name, e.Uid, e.Type, e.Reason, e.Message, e.Component);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, 8));
        // An object's name is a DNS name of at most 253 characters, an event's too.
        return $"{(e.Name.Length > 230 ? e.Name[..230].TrimEnd('.', '-') : e.Name)}.{hash}";
    }

    private static string Shortened(string message) => message.Length <= MaxMessage ? message : message[..(MaxMessage - 1)] + "…";
}
