using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;

namespace Mesh.Proxy.Http2;

/// <summary>Waits for the end of streams that nobody listens to any more, on our side ended already.</summary>
internal sealed class DiscardingUser : IHttp2StreamUser
{
    private DiscardingUser()
    {
    }

    public static DiscardingUser Instance { get; } = new();

    public void OnHeaders(Http2Stream stream, HeaderList headers, bool end) => FinishAfter(stream, end);

    public void OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool end)
    {
        stream.Credit(data.Length);
        FinishAfter(stream, end);
    }

    public void OnWritable(Http2Stream stream)
    {
        // The end of our side did not fit when it was due.
        if (!stream.LocalEnded)
        {
            stream.SendData(default, end: true);
        }
        FinishAfter(stream, stream.IsOver);
    }

    public void OnReset(Http2Stream stream, Http2Error code)
    {
        // That is an end too.
    }

    private static void FinishAfter(Http2Stream stream, bool end)
    {
        if (end && stream.IsOver)
        {
            stream.Finish(Http2Error.NoError);
        }
    }
}
