using System.Text;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.AccessLogs;

/// <summary>
/// The two formats of Linkerd's access log (linkerd.io/2/features/access-logging), with one addition: since the lines of all pods of a node
/// are in one place, each names the server's pod, at the end.
/// </summary>
internal static class AccessLogFormat
{
    /// <summary>
    /// Apache's common log format: <c>client-address client-identity - [time] "request line" status response-bytes pod</c>. The status is
    /// <c>-</c> for a request that broke off before it was answered.
    /// </summary>
    public static void WriteApache(LogText line, AccessLogEntry entry, in RequestOutcome outcome)
    {
        line.Add(entry.Peer).Add(" "u8);
        line.Add(entry.ClientId.Length > 0 ? entry.ClientId : "-"u8).Add(" - ["u8);
        AddTime(line, entry.Timestamp);
        line.Add("] \""u8).AddQuoted(entry.Method).Add(" "u8).AddQuoted(entry.Uri).Add(" "u8).Add(Name(entry.Version)).Add("\" "u8);
        if (outcome.Status > 0)
        {
            line.Add(outcome.Status).Add(" "u8);
        }
        else
        {
            line.Add("- "u8);
        }
        line.Add(outcome.ResponseBytes).Add(" "u8);
        AddPod(line, entry.Pod);
        line.Add("\n"u8);
    }

    /// <summary>
    /// One JSON object with Linkerd's members, numbers as strings where Linkerd has strings. <c>processing_ns</c> is how long the request
    /// waited in the proxy before it went on. <c>status</c> is null for a request that broke off before it was answered.
    /// </summary>
    public static void WriteJson(LogText line, AccessLogEntry entry, in RequestOutcome outcome)
    {
        line.Add("{\"client.addr\":\""u8).Add(entry.Peer);
        line.Add("\",\"client.id\":\""u8).AddJson(entry.ClientId.Length > 0 ? entry.ClientId : "-"u8);
        line.Add("\",\"host\":\""u8).AddJson(entry.Host);
        line.Add("\",\"method\":\""u8).AddJson(entry.Method);
        line.Add("\",\"processing_ns\":\""u8).Add(outcome.ProcessingMicroseconds * 1000);
        line.Add("\",\"request_bytes\":\""u8).Add(outcome.RequestBytes);
        line.Add("\",\"response_bytes\":\""u8).Add(outcome.ResponseBytes);
        line.Add("\",\"status\":"u8);
        if (outcome.Status > 0)
        {
            line.Add(outcome.Status);
        }
        else
        {
            line.Add("null"u8);
        }
        if (outcome.GrpcStatus >= 0)
        {
            line.Add(",\"grpc_status\":"u8).Add(outcome.GrpcStatus);
        }
        line.Add(",\"timestamp\":\""u8);
        AddTime(line, entry.Timestamp);
        line.Add("\",\"total_ns\":\""u8).Add((outcome.Ended - entry.Started) * 1000);
        line.Add("\",\"trace_id\":\""u8).AddJson(entry.TraceId);
        line.Add("\",\"uri\":\""u8).AddJson(entry.Uri);
        line.Add("\",\"user_agent\":\""u8).AddJson(entry.UserAgent);
        line.Add("\",\"version\":\""u8).Add(Name(entry.Version));
        line.Add("\",\"pod\":\""u8);
        AddPod(line, entry.Pod);
        line.Add("\"}\n"u8);
    }

    private static ReadOnlySpan<byte> Name(RequestVersion version) => version switch
    {
        RequestVersion.Http10 => "HTTP/1.0"u8,
        RequestVersion.Http2 => "HTTP/2.0"u8,
        _ => "HTTP/1.1"u8,
    };

    // A tick is 100 ns; Linkerd writes nine digits.
    private static void AddTime(LogText line, DateTimeOffset time) => line.Add(time, "yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'");

    // Names in Kubernetes are DNS labels: ASCII, and nothing to escape.
    private static void AddPod(LogText line, PodModel pod)
    {
        Span<byte> name = stackalloc byte[512];
        line.Add(Encoding.UTF8.TryGetBytes(pod.Namespace, name, out var length) ? name[..length] : default).Add("/"u8);
        line.Add(Encoding.UTF8.TryGetBytes(pod.Name, name, out length) ? name[..length] : default);
    }
}
