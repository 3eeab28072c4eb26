using Google.Protobuf;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Certificates;

namespace Mesh.Proxy.Session;

/// <summary>One open session stream. Any number of writers, one reader.</summary>
internal sealed class SiloStream(
    HttpMessageInvoker client, ClientCertificate certificate, HttpResponseMessage response, DuplexContent content, Stream up, Stream down)
    : IAsyncDisposable
{
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>Sends one message; waits while the silo takes nothing.</summary>
    public async Task SendAsync(ProxyMessage message, CancellationToken cancellationToken)
    {
        var frame = MessageFraming.Frame(message);
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await up.WriteAsync(frame, cancellationToken);
            await up.FlushAsync(cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <returns>Null when the silo has ended the session.</returns>
    public Task<SiloMessage?> ReceiveAsync(CancellationToken cancellationToken) =>
        MessageFraming.ReadAsync(down, SiloMessage.Parser, cancellationToken);

    public ValueTask DisposeAsync()
    {
        content.Complete();
        response.Dispose();
        client.Dispose();
        certificate.Dispose();
        _writing.Dispose();
        return ValueTask.CompletedTask;
    }
}
