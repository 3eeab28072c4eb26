using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Mesh.Proxy.Reactor;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Succession;

/// <summary>
/// One end of the Unix socket between two processes of a node's proxy: frames of four bytes of length (big-endian), which carry the
/// descriptors, and JSON. One sender and one receiver at a time.
/// </summary>
internal sealed class SuccessionChannel(Socket socket) : IDisposable
{
    private const int MaximumLength = 8 * 1024 * 1024;
    private const int SolSocket = 1;
    private const int SoPeerCredentials = 17;

    /// <summary>The user at the other end.</summary>
    public int PeerUser
    {
        get
        {
            // struct ucred: pid, uid, gid.
            Span<int> credentials = stackalloc int[3];
            socket.GetRawSocketOption(SolSocket, SoPeerCredentials, MemoryMarshal.AsBytes(credentials));
            return credentials[1];
        }
    }

    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<SuccessionChannel> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new SuccessionChannel(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <exception cref="IOException">The other end is gone.</exception>
    public async Task SendAsync(SuccessionMessage message, CancellationToken cancellationToken, params SafeHandle[] files)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(message, SuccessionJson.Default.SuccessionMessage);
        var header = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(header, body.Length);
        try
        {
            DescriptorPassing.Send(socket, header, files);
            for (var sent = 0; sent < body.Length;)
            {
                sent += await socket.SendAsync(body.AsMemory(sent), cancellationToken);
            }
        }
        catch (SocketException gone)
        {
            throw new IOException($"the other process is gone: {gone.Message}", gone);
        }
    }

    /// <param name="files">Takes the descriptors that came with the message; they are the caller's, also when this throws.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="EndOfStreamException">The other end has closed.</exception>
    /// <exception cref="IOException">The other end is gone, or what it said makes no sense.</exception>
    public async Task<SuccessionMessage> ReceiveAsync(List<SafeFileHandle> files, CancellationToken cancellationToken)
    {
        try
        {
            var header = new byte[4];
            for (var got = 0; got < header.Length;)
            {
                // Waits until there is something, without taking it: descriptors come only with recvmsg.
                await socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken);
                var received = DescriptorPassing.Receive(socket, header.AsSpan(got), files);
                got += received != 0 ? Math.Max(received, 0) : throw new EndOfStreamException("the other process has closed the connection");
            }
            var length = BinaryPrimitives.ReadInt32BigEndian(header);
            if (length is <= 0 or > MaximumLength)
            {
                throw new IOException($"the other process announced a message of {length} bytes");
            }
            var body = new byte[length];
            for (var got = 0; got < length;)
            {
                var received = await socket.ReceiveAsync(body.AsMemory(got), cancellationToken);
                got += received > 0 ? received : throw new EndOfStreamException("the other process closed the connection within a message");
            }
            return JsonSerializer.Deserialize(body, SuccessionJson.Default.SuccessionMessage) ?? throw new IOException("an empty message");
        }
        catch (Exception broken) when (broken is SocketException or JsonException)
        {
            throw new IOException($"the other process cannot be understood: {broken.Message}", broken);
        }
    }

    public void Dispose() => socket.Dispose();
}
