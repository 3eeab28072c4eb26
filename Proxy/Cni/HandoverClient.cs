using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text.Json;
using Mesh.Proxy.Reactor;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Cni;

/// <summary>
/// The plugin's end of the Unix socket: four bytes of length (big-endian) with the descriptor, the request, then the response in the same
/// frame. Blocking, since the plugin has nothing else to do.
/// </summary>
internal static class HandoverClient
{
    /// <summary>The largest message either side accepts.</summary>
    public const int MaximumLength = 64 * 1024;

    // Longer than the proxy's own limit for an enrolment, so that its error arrives, which knows more than ours.
    private const int PatienceMilliseconds = 15_000;

    /// <exception cref="CniException">The proxy cannot be reached or did not answer.</exception>
    public static HandoverResponse Ask(string socketPath, HandoverRequest request, SafeFileHandle? netns)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = PatienceMilliseconds,
            SendTimeout = PatienceMilliseconds,
        };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(socketPath));
        }
        catch (Exception unreachable) when (unreachable is SocketException or ArgumentException)
        {
            throw new CniException(
                CniErrorCode.TryAgainLater, $"the mesh proxy of this node does not answer at {socketPath}: {unreachable.Message}",
                "It is starting, or the DaemonSet mesh-proxy has no running pod on this node. The pod is retried by itself.");
        }
        try
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(request, HandoverJson.Default.HandoverRequest);
            var header = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(header, body.Length);
            if (netns is null)
            {
                socket.Send(header);
            }
            else
            {
                DescriptorPassing.Send(socket, header, netns);
            }
            socket.Send(body);
            ReceiveAll(socket, header);
            var length = BinaryPrimitives.ReadInt32BigEndian(header);
            if (length is <= 0 or > MaximumLength)
            {
                throw new IOException($"a response of {length} bytes");
            }
            body = new byte[length];
            ReceiveAll(socket, body);
            return JsonSerializer.Deserialize(body, HandoverJson.Default.HandoverResponse) ?? throw new IOException("an empty response");
        }
        catch (Exception broken) when (broken is SocketException or IOException or JsonException)
        {
            throw new CniException(
                CniErrorCode.TryAgainLater, $"the mesh proxy of this node did not take the pod: {broken.Message}",
                "It may have been restarted; its log says more. The pod is retried by itself.");
        }
    }

    private static void ReceiveAll(Socket socket, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var received = socket.Receive(buffer);
            if (received == 0)
            {
                throw new IOException("it closed the connection without an answer");
            }
            buffer = buffer[received..];
        }
    }
}
