using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.Tracing;

/// <summary>
/// Spans as an ExportTraceServiceRequest in OTLP's JSON (opentelemetry.io/docs/specs/otlp): ids in hex, 64-bit numbers as strings. Each pod
/// is a resource of its own, since one proxy works for all of a node's.
/// </summary>
internal static class OtlpJson
{
    // opentelemetry.proto.trace.v1.Span.SpanKind and Status.StatusCode.
    private const int Server = 2;
    private const int Client = 3;
    private const int Error = 2;

    /// <param name="output">Where to.</param>
    /// <param name="spans">Finished ones.</param>
    /// <param name="node">The node's name.</param>
    public static void Write(IBufferWriter<byte> output, IReadOnlyCollection<RequestSpan> spans, string node)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartArray("resourceSpans");
        foreach (var pod in spans.GroupBy(span => span.Pod))
        {
            json.WriteStartObject();
            json.WriteStartObject("resource");
            json.WriteStartArray("attributes");
            // The pod has no better name for what runs in it than its owner's.
            var labels = pod.First().Labels;
            Text(json, "service.name", labels is { OwnerName.Length: > 0 } ? labels.OwnerName : pod.Key.Name);
            Text(json, "service.namespace", pod.Key.Namespace);
            Text(json, "k8s.namespace.name", pod.Key.Namespace);
            Text(json, "k8s.pod.name", pod.Key.Name);
            Text(json, "k8s.pod.uid", pod.Key.Uid);
            Text(json, "k8s.node.name", node);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartArray("scopeSpans");
            json.WriteStartObject();
            json.WriteStartObject("scope");
            json.WriteString("name", "mesh-proxy");
            json.WriteEndObject();
            json.WriteStartArray("spans");
            foreach (var span in pod)
            {
                Write(json, span);
            }
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RequestSpan span)
    {
        var inbound = span.Direction == ConnectionDirection.Inbound;
        var start = (span.Start - DateTimeOffset.UnixEpoch).Ticks * 100;
        var outcome = span.Outcome;
        json.WriteStartObject();
        json.WriteString("traceId", span.TraceId.ToString("x32", CultureInfo.InvariantCulture));
        json.WriteString("spanId", span.SpanId.ToString("x16", CultureInfo.InvariantCulture));
        json.WriteString("parentSpanId", span.ParentId.ToString("x16", CultureInfo.InvariantCulture));
        json.WriteString("name", span.Method);
        json.WriteNumber("kind", inbound ? Server : Client);
        json.WriteString("startTimeUnixNano", start.ToString(CultureInfo.InvariantCulture));
        json.WriteString("endTimeUnixNano", (start + (span.Duration.Ticks * 100)).ToString(CultureInfo.InvariantCulture));
        json.WriteStartArray("attributes");
        Text(json, "http.request.method", span.Method);
        Text(json, "url.path", span.Path);
        Text(json, "client.address", span.Peer);
        if (outcome.Status > 0)
        {
            Number(json, "http.response.status_code", outcome.Status);
        }
        if (outcome.GrpcStatus >= 0)
        {
            Number(json, "rpc.grpc.status_code", outcome.GrpcStatus);
        }
        Number(json, "http.request.body.size", outcome.RequestBytes);
        Number(json, "http.response.body.size", outcome.ResponseBytes);
        if (span.Labels is { } labels)
        {
            Text(json, "direction", inbound ? "inbound" : "outbound");
            Text(json, inbound ? "client.id" : "server.id", labels.PeerIdentity);
            Text(json, "peer.service", labels.Service);
            Text(json, "dst_cluster", labels.PeerCluster);
            Text(json, "dst_namespace", labels.PeerNamespace);
            Text(json, "route_name", labels.Route);
        }
        json.WriteEndArray();
        if (outcome.Status is 0 or >= 500 || (!inbound && outcome.Status >= 400) || Metrics.GrpcStatus.IsFailure(outcome.GrpcStatus))
        {
            json.WriteStartObject("status");
            json.WriteNumber("code", Error);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string key, string value)
    {
        if (value.Length == 0)
        {
            return;
        }
        json.WriteStartObject();
        json.WriteString("key", key);
        json.WriteStartObject("value");
        json.WriteString("stringValue", value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string key, long value)
    {
        json.WriteStartObject();
        json.WriteString("key", key);
        json.WriteStartObject("value");
        json.WriteString("intValue", value.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
