using System.Net;
using System.Net.Sockets;

namespace Mesh.Benchmarks.Loads;

/// <summary>
/// One TCP stream as fast as it goes. The client's first byte says which way. Upwards a block's first byte says whether it is the last one,
/// which the server answers with one byte, so that what is counted has arrived.
/// </summary>
internal static class Bulk
{
    public const byte Up = (byte)'U';
    public const byte Down = (byte)'D';
    private const byte More = 0;
    private const byte Last = 1;
    private const int Block = 128 * 1024;

    public static LoadResult Run(int port, byte direction, TimeSpan duration)
    {
        var time = TimeProvider.System;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        socket.Send([direction]);
        var block = new byte[Block];
        var start = time.GetTimestamp();
        var bytes = 0L;
        if (direction == Down)
        {
            int read;
            while (time.GetElapsedTime(start) < duration && (read = socket.Receive(block)) > 0)
            {
                bytes += read;
            }
        }
        else
        {
            while (block[0] != Last)
            {
                block[0] = time.GetElapsedTime(start) < duration ? More : Last;
                SendAll(socket, block);
                bytes += Block;
            }
            _ = socket.Receive(block);
        }
        return new LoadResult(bytes, bytes / time.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>The server: sends or receives on every connection until the client is done. Ends with the process.</summary>
    public static void Serve(int port)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(128);
        while (true)
        {
            var socket = listener.Accept();
            new Thread(() => Answer(socket)) { IsBackground = true }.Start();
        }
    }

    private static void Answer(Socket socket)
    {
        using (socket)
        {
            var block = new byte[Block];
            try
            {
                if (socket.Receive(block.AsSpan(0, 1)) == 0)
                {
                    return;
                }
                if (block[0] == Down)
                {
                    while (true)
                    {
                        SendAll(socket, block);
                    }
                }
                while (ReceiveBlock(socket, block))
                {
                    if (block[0] == Last)
                    {
                        socket.Send([Last]);
                    }
                }
            }
            catch (SocketException)
            {
                // The client has seen enough.
            }
        }
    }

    private static void SendAll(Socket socket, ReadOnlySpan<byte> block)
    {
        while (block.Length > 0)
        {
            block = block[socket.Send(block)..];
        }
    }

    private static bool ReceiveBlock(Socket socket, Span<byte> block)
    {
        while (block.Length > 0)
        {
            var read = socket.Receive(block);
            if (read == 0)
            {
                return false;
            }
            block = block[read..];
        }
        return true;
    }
}
