using System.Text.Json;
using Orleans.Embedded.Membership;
using Orleans.Embedded.Serialization;
using Orleans.Runtime;

namespace Orleans.Embedded.Transport;

/// <summary>The engine's own messages as JSON.</summary>
internal static class WireJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new TextConverter<SiloAddress>(silo => silo.ToParsableString(), SiloAddress.FromParsableString) },
        MaxDepth = 64,
    };

    public static byte[] Hello(Greeting greeting) =>
        Frame.Create(FrameType.Hello, JsonSerializer.SerializeToUtf8Bytes(greeting, Options));

    public static byte[] Gossip(FrameType type, MemberRecord[] members) =>
        Frame.Create(type, JsonSerializer.SerializeToUtf8Bytes(members, Options));

    /// <exception cref="ProtocolException">The body is something else.</exception>
    public static T Parse<T>(byte[] body)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, Options) ?? throw new ProtocolException($"A {typeof(T).Name} is missing");
        }
        catch (Exception e) when (e is JsonException or FormatException or NotSupportedException or ArgumentException)
        {
            throw new ProtocolException($"A {typeof(T).Name} cannot be read: {e.Message}", e);
        }
    }
}
