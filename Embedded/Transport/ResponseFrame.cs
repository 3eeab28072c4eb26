using System.Text.Json;
using Orleans.Embedded.Serialization;

namespace Orleans.Embedded.Transport;

/// <summary>The answer to a request: exactly one of result, error and refusal, or none of them for a method without result.</summary>
/// <param name="Id">The request's.</param>
/// <param name="Result">What the method returned.</param>
/// <param name="Error">What it threw.</param>
/// <param name="Refusal">Why it was not carried out at all; it may be sent again, here or elsewhere.</param>
internal sealed record ResponseFrame(long Id, JsonElement? Result, ExceptionRecord? Error, string? Refusal)
{
    public static byte[] Success(long id, ReadOnlySpan<byte> result)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("id"u8, id);
            if (result.Length > 0)
            {
                writer.WritePropertyName("result"u8);
                writer.WriteRawValue(result, skipInputValidation: true);
            }
            writer.WriteEndObject();
        }
        return Frame.Create(FrameType.Response, buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    public static byte[] Failure(long id, Exception exception) =>
        Write(new ResponseFrame(id, null, ExceptionCodec.Encode(exception), null));

    public static byte[] Refuse(long id, string why) => Write(new ResponseFrame(id, null, null, why));

    private static byte[] Write(ResponseFrame response) =>
        Frame.Create(FrameType.Response, JsonSerializer.SerializeToUtf8Bytes(response, WireJson.Options));
}
