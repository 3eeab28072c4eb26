using Mesh.Proxy.DataPlane;
using Format = Mesh.Interfaces.NodeSession.AccessLog;

namespace Mesh.Proxy.AccessLogs;

/// <summary>
/// One loop's part of the access log: entries of requests under way, kept and reused, and the line they become. Only for the loop's thread.
/// </summary>
internal sealed class AccessLog(AccessLogWriter writer, TimeProvider time)
{
    private readonly Stack<AccessLogEntry> _unused = [];
    private readonly LogText _line = new();

    /// <summary>Begins an entry; to be given back with <see cref="End"/>.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="pod">Who is asked, and wants a line.</param>
    /// <param name="request">For what.</param>
    public AccessLogEntry Begin(InboundConnection client, PodModel pod, in RequestView request)
    {
        if (!_unused.TryPop(out var entry))
        {
            entry = new AccessLogEntry();
        }
        entry.Begin(client, pod, request, time.GetUtcNow(), client.Loop.NowMicroseconds);
        return entry;
    }

    /// <summary>The response has ended or broken off.</summary>
    public void End(AccessLogEntry entry, in RequestOutcome outcome)
    {
        _line.Clear();
        if (entry.Pod.AccessLog == Format.Json)
        {
            AccessLogFormat.WriteJson(_line, entry, outcome);
        }
        else
        {
            AccessLogFormat.WriteApache(_line, entry, outcome);
        }
        writer.Add(_line.Bytes);
        _unused.Push(entry);
    }
}
