using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Netns;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Succession;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Cni;

/// <summary>
/// The node proxy's end of the Unix socket: takes pods from the CNI plugin, and tidies enrolments up while it runs. Only root can connect:
/// the socket has mode 0600. Suspended, it finishes the calls there are; those that come meanwhile wait in the socket for whoever goes on.
/// </summary>
internal sealed partial class HandoverServer(
    ProxyOptions options, EnrolmentKeeper enrolments, IEnrolmentAuthority authority, TimeProvider time, ILogger<HandoverServer> logger)
    : SuspendableService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TidyInterval = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<Task, bool> _calls = new();
    private readonly SemaphoreSlim _podsChanged = new(0);
    private Socket? _listener;

    /// <summary>Whether pods can be handed over.</summary>
    public bool IsListening { get; private set; }

    /// <summary>The listening socket, for the next process.</summary>
    public SafeSocketHandle Listener => _listener?.SafeHandle ?? throw new InvalidOperationException("The CNI socket is not open.");

    /// <summary>Goes on with the listening socket of another process, which is at its path already. Before the start.</summary>
    public void Inherit(SafeSocketHandle listener) => _listener = new Socket(listener);

    /// <summary>Leaves the listening socket to another process. After <see cref="SuspendableService.SuspendAsync"/>.</summary>
    public void LetGo() => _listener?.Dispose();

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(options.CniSocket)!);
        if (_listener is not null && !File.Exists(options.CniSocket))
        {
            // The other process was ending already, and took the path away.
            _listener.Dispose();
            _listener = null;
        }
        _listener ??= UnixListener.Bind(options.CniSocket);
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!IsSuspended)
        {
            File.Delete(options.CniSocket);
        }
    }

    public override void Dispose()
    {
        _listener?.Dispose();
        _podsChanged.Dispose();
        base.Dispose();
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        IsListening = true;
        authority.PodsChanged += Wake;
        try
        {
            await await Task.WhenAny(AcceptAsync(_listener!, cancellationToken), TidyAsync(cancellationToken));
        }
        finally
        {
            authority.PodsChanged -= Wake;
            IsListening = false;
            await Task.WhenAll(_calls.Keys);
        }
    }

    private async Task AcceptAsync(Socket listener, CancellationToken cancellationToken)
    {
        while (true)
        {
            var connection = await listener.AcceptAsync(cancellationToken);
            var call = ServeAsync(connection, Stopping);
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
