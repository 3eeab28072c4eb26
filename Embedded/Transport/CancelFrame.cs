using System.Text.Json;

namespace Orleans.Embedded.Transport;

/// <summary>Nobody waits for the answer to that request any more.</summary>
internal sealed record CancelFrame(long Id)
{
    public static byte[] Write(long id) =>
        Frame.Create(FrameType.Cancel, JsonSerializer.SerializeToUtf8Bytes(new CancelFrame(id), WireJson.Options));
}
