using System.Net;

namespace Mesh.Proxy.Session;

/// <summary>A request body that is written as long as the request lives.</summary>
internal sealed class DuplexContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where to write, once the request has begun.</summary>
    public Task<Stream> Stream => _stream.Task;

    /// <summary>Ends the body.</summary>
    public void Complete() => _complete.TrySetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.FlushAsync();
        _stream.TrySetResult(stream);
        await _complete.Task;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
