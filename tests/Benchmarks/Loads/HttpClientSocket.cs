using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Loads;

/// <summary>
/// A blocking client connection, one request at a time: the least a client can cost. Expects answers with a Content-Length, of status 200.
/// </summary>
internal sealed class HttpClientSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
        ReceiveTimeout = 10_000,
        SendTimeout = 10_000,
    };
    private readonly byte[] _buffer = new byte[16 * 1024];

    /// <exception cref="SocketException">Refused.</exception>
    public HttpClientSocket(int port)
    {
        try
        {
            _socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>The bytes of a GET request; <paramref name="close"/>: the last one of its connection.</summary>
    public static byte[] Request(string path, bool close = false) => Encoding.ASCII.GetBytes(
        $"GET {path} HTTP/1.1\r\nHost: app.bench\r\nUser-Agent: bench\r\nAccept: */*\r\n{(close ? "Connection: close\r\n" : "")}\r\n");

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="BenchmarkException">It ended early, or the answer is not one of status 200 with a length.</exception>
    public void Exchange(ReadOnlySpan<byte> request)
    {
        _socket.Send(request);
        var filled = 0;
        int head;
        while ((head = _buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            filled += Read(_buffer.AsSpan(filled));
        }
        var left = head + 4 + BodyLength(_buffer.AsSpan(0, head + 2)) - filled;
        while (left > 0)
        {
            left -= Read(_buffer);
        }
    }

    /// <summary>Waits until the other side has closed the connection.</summary>
    public void ReadEnd()
    {
        while (_socket.Receive(_buffer) > 0)
        {
        }
    }

    public void Dispose() => _socket.Dispose();

    // The head with the line end of its last line. HTTP/1.1 proxies may write names in lower case.
    private static int BodyLength(ReadOnlySpan<byte> head)
    {
        var name = "Content-Length: "u8;
        if (head.StartsWith("HTTP/1.1 200 "u8))
        {
            foreach (var range in head.Split("\r\n"u8))
            {
                var line = head[range];
                if (line.Length > name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name)
                    && int.TryParse(line[name.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
                {
                    return length;
                }
            }
        }
        throw new BenchmarkException($"Not an answer of status 200 with a length: {Encoding.ASCII.GetString(head)}");
    }

    private int Read(Span<byte> space)
    {
        var read = _socket.Receive(space);
        return read > 0 ? read : throw new BenchmarkException("The connection ended in the middle of an answer.");
    }
}
