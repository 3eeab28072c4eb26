using System.IO.Pipelines;
using System.Net;
using Google.Protobuf;
using Mesh.Silo.NodeSessions;

namespace Mesh.Silo.Tests.Harness;

/// <summary>A request body that is written while the response is read.</summary>
internal sealed class DuplexContent : HttpContent
{
    private readonly Pipe _pipe = new();

    public async Task SendAsync(IMessage message)
    {
        MessageFrame.Write(_pipe.Writer, message);
        await _pipe.Writer.FlushAsync(TestContext.Current.CancellationToken);
    }

    public async Task SendAsync(byte[] bytes) => await _pipe.Writer.WriteAsync(bytes, TestContext.Current.CancellationToken);

    public ValueTask EndAsync() => _pipe.Writer.CompleteAsync();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.FlushAsync();
        while (true)
        {
            var read = await _pipe.Reader.ReadAsync();
            foreach (var segment in read.Buffer)
            {
                await stream.WriteAsync(segment);
            }
            await stream.FlushAsync();
            _pipe.Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
