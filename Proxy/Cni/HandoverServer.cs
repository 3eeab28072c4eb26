using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Netns;
using Mesh.Proxy.Reactor;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Cni;

/// <summary>
/// The node proxy's end of the Unix socket: takes pods from the CNI plugin. Takes up earlier enrolments before it listens, and tidies them
/// up while it runs. Only root can connect: the socket has mode 0600.
/// </summary>
internal sealed partial class HandoverServer(
    ProxyOptions options, EnrolmentKeeper enrolments, IEnrolmentAuthority authority, TimeProvider time, ILogger<HandoverServer> logger)
    : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TidyInterval = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<Task, bool> _calls = new();
    private readonly SemaphoreSlim _podsChanged = new(0);

    /// <summary>Whether pods can be handed over.</summary>
    public bool IsListening { get; private set; }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await enrolments.RestoreAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(options.CniSocket)!);
        File.Delete(options.CniSocket);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(options.CniSocket));
        File.SetUnixFileMode(options.CniSocket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen(64);
        IsListening = true;
        authority.PodsChanged += Wake;
        try
        {
            await await Task.WhenAny(AcceptAsync(listener, stoppingToken), TidyAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends; that is what cancels.
        }
        finally
        {
            authority.PodsChanged -= Wake;
            IsListening = false;
            File.Delete(options.CniSocket);
            await Task.WhenAll(_calls.Keys);
        }
    }

    private async Task AcceptAsync(Socket listener, CancellationToken cancellationToken)
    {
        while (true)
        {
            var connection = await listener.AcceptAsync(cancellationToken);
            var call = ServeAsync(connection, cancellationToken);
            _calls[call] = true;
            _ = call.ContinueWith(
                done => _calls.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task TidyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var wait = new CancellationTokenSource(TidyInterval, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, wait.Token);
            try
            {
                await _podsChanged.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Time to look whether pods are gone whose end nobody told us of.
            }
            try
            {
                await enrolments.TidyAsync(cancellationToken);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                LogFailed(logger, failure);
            }
        }
    }

    private void Wake() => _podsChanged.Release();

    // Never throws: what goes wrong with one pod is answered or logged.
    private async Task ServeAsync(Socket connection, CancellationToken cancellationToken)
    {
        using (connection)
        {
            NetworkNamespace? netns = null;
            try
            {
                using var limit = new CancellationTokenSource(Patience, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
                (var request, netns) = await ReceiveAsync(connection, either.Token);
                var owned = netns;
                // From here on whoever is called disposes it.
                netns = request.Command == "ADD" ? null : netns;
                var response = await AnswerAsync(request, owned, cancellationToken);
                var body = JsonSerializer.SerializeToUtf8Bytes(response, HandoverJson.Default.HandoverResponse);
                var frame = new byte[4 + body.Length];
                BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
                body.CopyTo(frame, 4);
                await connection.SendAsync(frame, cancellationToken);
            }
            catch (Exception failure)
            {
                LogFailed(logger, failure);
            }
            finally
            {
                netns?.Dispose();
            }
        }
    }

    private async Task<HandoverResponse> AnswerAsync(HandoverRequest request, NetworkNamespace? netns, CancellationToken cancellationToken)
    {
        try
        {
            switch (request.Command)
            {
                case "ADD" when netns is not null:
                    return new HandoverResponse(await enrolments.EnrolAsync(request, netns, cancellationToken));
                case "CHECK":
                    return new HandoverResponse(await enrolments.CheckAsync(request, cancellationToken));
                case "DEL":
                    await enrolments.UnenrolAsync(request.ContainerId, cancellationToken);
                    return new HandoverResponse(Enrolled: false);
                default:
                    return new HandoverResponse(
                        Enrolled: false, CniErrorCode.Decoding,
                        $"the request {request.Command} is unknown or came without a network namespace",
                        "The plugin in the node's CNI directory is of another version than the proxy.");
            }
        }
        catch (EnrolmentException refused)
        {
            return new HandoverResponse(Enrolled: false, refused.Code, refused.Message, refused.Details);
        }
        catch (OperationCanceledException)
        {
            return new HandoverResponse(
                Enrolled: false, CniErrorCode.TryAgainLater, "the mesh proxy of this node is being stopped",
                "The pod is retried by itself.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NetworkRules.NetworkRulesException)
        {
            LogFailed(logger, failure);
            return new HandoverResponse(Enrolled: false, CniErrorCode.InputOutput, failure.Message, "The proxy's log says more.");
        }
    }

    private static async Task<(HandoverRequest Request, NetworkNamespace? Netns)> ReceiveAsync(
        Socket connection, CancellationToken cancellationToken)
    {
        var header = new byte[4];
        SafeFileHandle? file = null;
        try
        {
            var got = 0;
            while (got < header.Length)
            {
                // Waits until there is something, without taking it: the descriptor comes only with recvmsg.
                await connection.ReceiveAsync(Memory<byte>.Empty, cancellationToken);
                var received = DescriptorPassing.Receive(connection, header.AsSpan(got), out var passed);
                if (passed is not null)
                {
                    file?.Dispose();
                    file = passed;
                }
                if (received == 0)
                {
                    throw new IOException("the CNI plugin closed the connection without a request");
                }
                got += Math.Max(received, 0);
            }
            var length = BinaryPrimitives.ReadInt32BigEndian(header);
            if (length is <= 0 or > HandoverClient.MaximumLength)
            {
                throw new IOException($"the CNI plugin announced a request of {length} bytes");
            }
            var body = new byte[length];
            for (got = 0; got < length;)
            {
                var received = await connection.ReceiveAsync(body.AsMemory(got), cancellationToken);
                got += received > 0 ? received : throw new IOException("the CNI plugin closed the connection within its request");
            }
            var request = JsonSerializer.Deserialize(body, HandoverJson.Default.HandoverRequest)
                ?? throw new IOException("the CNI plugin sent an empty request");
            var netns = file is null ? null : NetworkNamespace.FromDescriptor(file);
            file = null;
            return (request, netns);
        }
        catch (JsonException malformed)
        {
            throw new IOException($"the CNI plugin sent a request that cannot be read: {malformed.Message}");
        }
        finally
        {
            file?.Dispose();
        }
    }

    [LoggerMessage(EventId = 2320, Level = LogLevel.Error, Message = "a call of the CNI plugin, or tidying up enrolments, failed")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
