using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mesh.Embedded.Tests;

/// <summary>Talks to a silo's port as it likes.</summary>
internal sealed class HostilePeer : IAsyncDisposable
{
    private readonly TcpClient _client = new();
    private Stream _stream = Stream.Null;

    public static async Task<HostilePeer> ConnectAsync(IPEndPoint silo, CancellationToken cancellationToken)
    {
        var peer = new HostilePeer();
        await peer._client.ConnectAsync(silo, cancellationToken);
        peer._stream = peer._client.GetStream();
        return peer;
    }

    /// <summary>Shakes hands, with a certificate or without one.</summary>
    public async Task SecureAsync(X509Certificate2? certificate, CancellationToken cancellationToken)
    {
        var secured = new SslStream(_stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await secured.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "silo",
                EnabledSslProtocols = SslProtocols.Tls13,
                ClientCertificates = certificate is null ? [] : [certificate],
                ApplicationProtocols = [new SslApplicationProtocol("mesh-orleans-embedded/1")],
            },
            cancellationToken);
        _stream = secured;
    }

    public async Task SendAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(bytes, cancellationToken);
        await _stream.FlushAsync(cancellationToken);
    }

    public Task SendFrameAsync(byte type, string json, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetBytes(json);
        var frame = new byte[5 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length + 1);
        frame[4] = type;
        body.CopyTo(frame, 5);
        return SendAsync(frame, cancellationToken);
    }

    public async Task<string> ReadFrameAsync(CancellationToken cancellationToken)
    {
        var header = new byte[5];
        await _stream.ReadExactlyAsync(header, cancellationToken);
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(header) - 1];
        await _stream.ReadExactlyAsync(body, cancellationToken);
        return Encoding.UTF8.GetString(body);
    }

    /// <summary>Reads until the silo ends the connection.</summary>
    public async Task EndedAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        try
        {
            while (await _stream.ReadAsync(buffer, cancellationToken) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset ends it too.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _client.Dispose();
    }
}
