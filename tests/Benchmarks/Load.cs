using System.Net;
using System.Net.Sockets;

namespace Mesh.Benchmarks;

/// <summary>Blocking sockets on threads: the least that a client and a server can cost, so that the proxies dominate.</summary>
internal static class Load
{
    /// <summary>Sends <paramref name="perConnection"/> requests on each of <paramref name="connections"/> connections, one at a time.</summary>
    /// <returns>Latencies in microseconds, sorted.</returns>
    public static long[] Run(int port, int connections, int perConnection, byte[] request, int responseLength)
    {
        var time = TimeProvider.System;
        var latencies = new long[connections * perConnection];
        var threads = Enumerable.Range(0, connections).Select(index => new Thread(() =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(IPAddress.Loopback, port);
            var buffer = new byte[64 * 1024];
            for (var i = 0; i < perConnection; i++)
            {
                var start = time.GetTimestamp();
                socket.Send(request);
                var left = responseLength;
                while (left > 0)
                {
                    var read = socket.Receive(buffer);
                    if (read == 0)
                    {
                        throw new IOException("The proxy ended a connection in the middle of the benchmark.");
                    }
                    left -= read;
                }
                latencies[index * perConnection + i] = (long)time.GetElapsedTime(start).TotalMicroseconds;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Array.Sort(latencies);
        return latencies;
    }

    /// <summary>Answers whatever it reads with <paramref name="response"/>. Ends with the process.</summary>
    /// <returns>The port.</returns>
    public static int Serve(byte[] response)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        new Thread(() =>
        {
            while (true)
            {
                var socket = listener.Accept();
                socket.NoDelay = true;
                new Thread(() => Answer(socket, response)) { IsBackground = true }.Start();
            }
        })
        { IsBackground = true }.Start();
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    private static void Answer(Socket socket, byte[] response)
    {
        using (socket)
        {
            var buffer = new byte[64 * 1024];
            try
            {
                while (socket.Receive(buffer) > 0)
                {
                    socket.Send(response);
                }
            }
            catch (SocketException)
            {
                // The proxy closed it; the benchmark is over.
            }
        }
    }
}
