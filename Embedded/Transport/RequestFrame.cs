using System.Text.Json;
using Orleans.Embedded.Calls;

namespace Orleans.Embedded.Transport;

/// <summary>A request on the wire.</summary>
/// <param name="Id">Names it on its connection.</param>
/// <param name="Grain">The id of the grain or observer.</param>
/// <param name="Method">See <see cref="Catalog.GrainMethod.Id"/>.</param>
/// <param name="Arguments">A JSON array.</param>
/// <param name="Milliseconds">How long its sender still waits.</param>
/// <param name="Timeout">How long its first caller waits altogether, for what is said when the time is up.</param>
/// <param name="Hops">How many silos passed it on, the sender included if it did.</param>
/// <param name="Chain">See <see cref="CallChain"/>.</param>
internal sealed record RequestFrame(
    long Id, string Grain, string Method, JsonElement Arguments, int Milliseconds, int Timeout, int Hops, string[]? Chain)
{
    public static byte[] Write(long id, Call call, TimeSpan remaining)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("id"u8, id);
            writer.WriteString("grain"u8, call.Target.ToString());
            writer.WriteString("method"u8, call.Method.Id);
            writer.WriteNumber("milliseconds"u8, (int)Math.Clamp(remaining.TotalMilliseconds, 1, int.MaxValue));
            writer.WriteNumber("timeout"u8, (int)Math.Clamp(call.Timeout.TotalMilliseconds, 1, int.MaxValue));
            writer.WriteNumber("hops"u8, call.Hops);
            if (call.Chain.Length > 0)
            {
                writer.WriteStartArray("chain"u8);
                foreach (var grain in call.Chain)
                {
                    writer.WriteStringValue(grain);
                }
                writer.WriteEndArray();
            }
            writer.WritePropertyName("arguments"u8);
            writer.WriteRawValue(call.Encode(), skipInputValidation: true);
            writer.WriteEndObject();
        }
        return Frame.Create(FrameType.Request, buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }
}
