using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Schemas;

/// <summary>
/// Reads objects in Kubernetes' protobuf encoding, in which newer kubectl sends what <c>kubectl create</c> makes. See "Kubernetes
/// Protobuf encoding" in the API concepts: four magic bytes, then runtime.Unknown (typeMeta = 1, raw = 2).
/// </summary>
internal static class ProtobufDecoder
{
    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    public static bool IsProtobuf(ReadOnlySpan<byte> body) => body.StartsWith(Magic);

    /// <exception cref="ApiException">400: it cannot be read, or is of a kind that is not known in this form.</exception>
    public static JsonObject Decode(ReadOnlySpan<byte> body)
    {
        try
        {
            return DecodeEnvelope(body[Magic.Length..]);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or FormatException or OverflowException)
        {
            throw ApiErrors.BadRequest($"the object provided is unrecognized: broken protobuf: {e.Message}");
        }
    }

    private static JsonObject DecodeEnvelope(ReadOnlySpan<byte> envelope)
    {
        ReadOnlySpan<byte> raw = default;
        string apiVersion = "", kind = "";
        var reader = new ProtobufReader(envelope);
        while (reader.TryRead(out var number, out _, out var bytes))
        {
            if (number == 1)
            {
                var type = new ProtobufReader(bytes);
                while (type.TryRead(out var field, out _, out var text))
                {
                    (apiVersion, kind) = field == 1 ? (Encoding.UTF8.GetString(text), kind) : (apiVersion, Encoding.UTF8.GetString(text));
                }
            }
            else if (number == 2)
            {
                raw = bytes;
            }
        }
        var message = BuiltInSchema.MessageOf(apiVersion, kind)
            ?? throw ApiErrors.BadRequest($"{apiVersion} {kind} cannot be read from protobuf here; send JSON");
        var result = Message(message, raw);
        result["apiVersion"] = apiVersion;
        result["kind"] = kind;
        return JsonAccess.Parse(JsonSerializer.SerializeToUtf8Bytes(result));
    }

    private static JsonObject Message(string name, ReadOnlySpan<byte> bytes)
    {
        var result = new JsonObject();
        var fields = BuiltInSchema.Fields(name);
        var reader = new ProtobufReader(bytes);
        while (reader.TryRead(out var number, out var integer, out var content))
        {
            if (Array.Find(fields, f => f.Number == number) is { } field)
            {
                Add(result, field, integer, content);
            }
        }
        return result;
    }

    private static void Add(JsonObject result, SchemaField field, ulong integer, ReadOnlySpan<byte> content)
    {
        if (field.IsInline)
        {
            foreach (var (key, value) in Message(field.Type, content))
            {
                result[key] = value?.DeepClone();
            }
            return;
        }
        switch (field.Shape)
        {
            case FieldShape.Map:
                AddEntry(result.Child(field.Name), field, content);
                break;
            case FieldShape.WrappedList:
                result[field.Name] = Wrapped(field.Type, content);
                break;
            case FieldShape.List:
                if (result[field.Name] is not JsonArray list)
                {
                    result[field.Name] = list = [];
                }
                list.Add(Value(field.Type, integer, content));
                break;
            default:
                var single = Value(field.Type, integer, content);
                if (field.IsPointer || !IsZero(single))
                {
                    result[field.Name] = single;
                }
                break;
        }
    }

    private static void AddEntry(JsonObject map, SchemaField field, ReadOnlySpan<byte> entry)
    {
        var (key, value) = ("", (JsonNode?)null);
        var reader = new ProtobufReader(entry);
        while (reader.TryRead(out var number, out var integer, out var content))
        {
            if (number == 1)
            {
                key = Encoding.UTF8.GetString(content);
            }
            else
            {
                value = field.Type.StartsWith("list:", StringComparison.Ordinal)
                    ? Wrapped(field.Type["list:".Length..], content)
                    : Value(field.Type, integer, content);
            }
        }
        map[key] = value ?? (field.Type is "string" or "bytes" ? "" : null);
    }

    private static JsonArray Wrapped(string type, ReadOnlySpan<byte> message)
    {
        var list = new JsonArray();
        var reader = new ProtobufReader(message);
        while (reader.TryRead(out _, out var integer, out var content))
        {
            list.Add(Value(type, integer, content));
        }
        return list;
    }

    private static JsonNode? Value(string type, ulong integer, ReadOnlySpan<byte> content) => type switch
    {
        "string" => Encoding.UTF8.GetString(content),
        "bytes" => Convert.ToBase64String(content),
        "bool" => integer != 0,
        "int" => (long)integer,
        "double" => BitConverter.UInt64BitsToDouble(integer),
        "quantity" => First(content, "string"),
        "raw" => First(content, "bytes").Text() is { Length: > 0 } json ? JsonNode.Parse(Convert.FromBase64String(json)) : null,
        "duration" => $"{First(content, "int").Integer() / 1_000_000_000 ?? 0}s",
        "time" => Instant(content)?.ToTimestamp(),
        "microtime" => Instant(content)?.ToMicroTimestamp(),
        "intstr" => IntOrString(content),
        _ => Message(type, content),
    };

    private static JsonNode? First(ReadOnlySpan<byte> message, string type)
    {
        var reader = new ProtobufReader(message);
        return reader.TryRead(out _, out var integer, out var content) ? Value(type, integer, content) : null;
    }

    private static DateTimeOffset? Instant(ReadOnlySpan<byte> message)
    {
        long seconds = 0, nanos = 0;
        var reader = new ProtobufReader(message);
        while (reader.TryRead(out var number, out var integer, out _))
        {
            (seconds, nanos) = number == 1 ? ((long)integer, nanos) : (seconds, (long)integer);
        }
        return message.Length == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanos / 100);
    }

    private static JsonNode IntOrString(ReadOnlySpan<byte> message)
    {
        var (isText, number, text) = (false, 0L, "");
        var reader = new ProtobufReader(message);
        while (reader.TryRead(out var field, out var integer, out var content))
        {
            switch (field)
            {
                case 1:
                    isText = integer == 1;
                    break;
                case 2:
                    number = (long)integer;
                    break;
                case 3:
                    text = Encoding.UTF8.GetString(content);
                    break;
            }
        }
        return isText ? text : number;
    }

    // Go writes fields that are no pointers even when they are empty; in JSON they are left out.
    private static bool IsZero(JsonNode? value) => value switch
    {
        null => true,
        JsonObject map => map.Count == 0,
        JsonArray list => list.Count == 0,
        _ => value.ToJsonString() is "\"\"" or "0" or "false",
    };
}
