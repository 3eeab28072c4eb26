using System.Net.Sockets;
using Google.Protobuf;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Netns;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Session;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Succession;

/// <summary>
/// Makes this process the node's one proxy: at once when there is none, else by taking over from the one there is. Runs before everything
/// else: <see cref="StartAsync"/> ends when this process has the lock, or everything it needs to go on beside its predecessor;
/// <see cref="ServeAsync"/> is then called when it accepts connections, and the predecessor retires. From then on the predecessor says
/// here what the connections do that it still has.
/// </summary>
internal sealed partial class Succession(ProxyOptions options, TrafficBuffer traffic, TimeProvider time, ILogger<Succession> logger)
    : IHostedService, IDisposable
{
    // Longer than the predecessor takes to finish an enrolment, or to retire.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly CancellationTokenSource _end = new();
    private FileLock? _lock;
    private SuccessionChannel? _predecessor;
    private Task _listening = Task.CompletedTask;
    private string _waitingFor = string.Empty;

    /// <summary>The lock, for the next process.</summary>
    public FileLock Lock => _lock ?? throw new InvalidOperationException("This process is not the node's proxy.");

    /// <summary>What the predecessor has handed over; null: there was none, and the files say what was enrolled.</summary>
    public IReadOnlyList<InheritedPod>? Pods { get; private set; }

    /// <summary>The listening CNI socket of the predecessor.</summary>
    public SafeSocketHandle? CniListener { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.RunDirectory);
        while (true)
        {
            _lock = FileLock.TryTake(options.LockFile);
            if (_lock is not null || await TryInheritAsync(cancellationToken))
            {
                return;
            }
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>This process accepts connections: from now on it is the only one.</summary>
    /// <exception cref="IOException">The predecessor lives and did not retire; this process must end.</exception>
    public async Task ServeAsync(CancellationToken cancellationToken)
    {
        if (_predecessor is { } predecessor)
        {
            try
            {
                using var limit = new CancellationTokenSource(Patience, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
                await predecessor.SendAsync(new SuccessionMessage { Kind = SuccessionMessage.Serving }, either.Token);
                await ExpectAsync(predecessor, SuccessionMessage.Retired, [], either.Token);
                LogTakenOver(logger, Pods!.Count);
                _listening = ListenAsync(predecessor, _end.Token);
            }
            catch (Exception lost) when (lost is IOException || (lost is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                TakeLockOfTheDead(lost);
            }
        }
        await File.WriteAllTextAsync(options.ServingFile, options.PodName, cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _end.CancelAsync();
        await _listening;
    }

    public void Dispose()
    {
        _predecessor?.Dispose();
        _lock?.Dispose();
        _end.Dispose();
    }

    // The predecessor has died if nobody but us has the lock; all that it had is here.
    private void TakeLockOfTheDead(Exception lost)
    {
        _predecessor!.Dispose();
        _predecessor = null;
        _lock!.Dispose();
        _lock = FileLock.TryTake(options.LockFile) ?? throw new IOException(
            $"the proxy that runs on this node did not hand over: {lost.Message}. It goes on; this process ends and is to be started again.");
        LogDied(logger, lost.Message);
    }

    private async Task<bool> TryInheritAsync(CancellationToken cancellationToken)
    {
        SuccessionChannel? channel = null;
        var pods = new List<InheritedPod>();
        var files = new List<SafeFileHandle>();
        try
        {
            using var limit = new CancellationTokenSource(Patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            channel = await SuccessionChannel.ConnectAsync(options.SuccessionSocket, either.Token);
            await channel.SendAsync(
                new SuccessionMessage { Kind = SuccessionMessage.TakeOver, Text = options.PodName }, either.Token);
            await ExpectAsync(channel, SuccessionMessage.Inheritance, files, either.Token);
            if (files.Count != 2)
            {
                throw new IOException($"the running proxy handed over {files.Count} descriptors instead of its lock and its CNI socket");
            }
            while (await NextAsync(channel, either.Token) is { } pod)
            {
                pods.Add(pod);
            }
            (_predecessor, Pods, _lock, CniListener) = (channel, pods, FileLock.Share(files[0]), Descriptors.ToSocket(files[1]));
            LogInherited(logger, pods.Count);
            return true;
        }
        catch (Exception unready) when (unready is IOException or SocketException
            || (unready is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Starting or ending, busy with another process, or hung; in that case its liveness probe will end it.
            if (_waitingFor != unready.Message)
            {
                LogWaiting(logger, unready.Message);
                _waitingFor = unready.Message;
            }
            channel?.Dispose();
            files.ForEach(file => file.Dispose());
            pods.ForEach(pod => pod.Dispose());
            return false;
        }
    }

    private static async Task<InheritedPod?> NextAsync(SuccessionChannel channel, CancellationToken cancellationToken)
    {
        await channel.SendAsync(new SuccessionMessage { Kind = SuccessionMessage.Next }, cancellationToken);
        var files = new List<SafeFileHandle>();
        try
        {
            var message = await channel.ReceiveAsync(files, cancellationToken);
            if (message.Kind == SuccessionMessage.End)
            {
                return null;
            }
            if (message is not { Kind: SuccessionMessage.Pod, Enrolment: { } enrolment, Script: { } script, Outbound: >= 0 }
                || files.Count <= message.Outbound)
            {
                throw new IOException($"the running proxy said '{message.Kind}' with {files.Count} descriptors instead of handing over a pod");
            }
            var netns = NetworkNamespace.FromDescriptor(files[0]);
            var sockets = files.Skip(1).Select(Descriptors.ToSocket).ToList();
            files.Clear();
            return new InheritedPod(
                enrolment, script, netns, new PodListeners(sockets[..message.Outbound], sockets[message.Outbound..]));
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    private static async Task ExpectAsync(
        SuccessionChannel channel, string kind, List<SafeFileHandle> files, CancellationToken cancellationToken)
    {
        var message = await channel.ReceiveAsync(files, cancellationToken);
        if (message.Kind != kind)
        {
            throw new IOException(message.Kind == SuccessionMessage.Refused
                ? $"the running proxy refused: {message.Text}"
                : $"the running proxy said '{message.Kind}' instead of '{kind}'");
        }
    }

    // Until the predecessor has ended.
    private async Task ListenAsync(SuccessionChannel predecessor, CancellationToken cancellationToken)
    {
        var files = new List<SafeFileHandle>();
        try
        {
            while (true)
            {
                var message = await predecessor.ReceiveAsync(files, cancellationToken);
                if (message is { Kind: SuccessionMessage.Traffic, Report: { } report })
                {
                    traffic.Add(TrafficReport.Parser.ParseFrom(report), earlier: true);
                }
            }
        }
        catch (EndOfStreamException)
        {
            LogEnded(logger);
        }
        catch (Exception lost) when (lost is IOException or InvalidProtocolBufferException)
        {
            LogLost(logger, lost.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The process ends; that is what cancels.
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    [LoggerMessage(EventId = 2500, Level = LogLevel.Information, Message = "a proxy runs on this node: {Pods} pods are taken over from it")]
    private static partial void LogInherited(ILogger logger, int pods);

    [LoggerMessage(EventId = 2501, Level = LogLevel.Information, Message = "the earlier proxy of this node has retired; {Pods} pods go on here")]
    private static partial void LogTakenOver(ILogger logger, int pods);

    [LoggerMessage(EventId = 2502, Level = LogLevel.Warning,
        Message = "another proxy holds this node and does not hand over yet: {Reason}. Asked again until it does or ends")]
    private static partial void LogWaiting(ILogger logger, string reason);

    [LoggerMessage(EventId = 2503, Level = LogLevel.Warning,
        Message = "the earlier proxy of this node ended while it was handing over ({Reason}); its connections are broken, new ones go on here")]
    private static partial void LogDied(ILogger logger, string reason);

    [LoggerMessage(EventId = 2504, Level = LogLevel.Information, Message = "the earlier proxy of this node has ended")]
    private static partial void LogEnded(ILogger logger);

    [LoggerMessage(EventId = 2505, Level = LogLevel.Warning,
        Message = "the earlier proxy of this node says no more about the traffic it still carries: {Reason}")]
    private static partial void LogLost(ILogger logger, string reason);
}
