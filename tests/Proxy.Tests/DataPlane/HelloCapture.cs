using System.Net.Security;
using System.Security.Authentication;

namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>Keeps what a TLS client says first, and then ends.</summary>
internal sealed class HelloCapture(MemoryStream written) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>What OpenSSL's client of TLS 1.3 says first, offering <paramref name="alpn"/>.</summary>
    public static byte[] Hello(string alpn)
    {
        using var capture = new MemoryStream();
        using var pipe = new HelloCapture(capture);
        using var tls = new SslStream(pipe);
        try
        {
            tls.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = "x",
                ApplicationProtocols = [new SslApplicationProtocol(alpn)],
                EnabledSslProtocols = SslProtocols.Tls13,
            });
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // The capture ends the stream after the hello.
        }
        return capture.ToArray();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => 0;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => written.Write(buffer, offset, count);
}
