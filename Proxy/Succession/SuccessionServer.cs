using System.Net.Sockets;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Mesh.Proxy.Admin;
using Mesh.Proxy.Cni;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Session;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Succession;

/// <summary>
/// Hands over to the next process of the node's proxy. While it does, both accept connections; what must be done by one is suspended here.
/// When the next process serves, this one retires: it stops accepting, finishes what it has, and waits for its end. When the next one
/// fails before that, this one goes on as if nothing had been.
/// </summary>
internal sealed partial class SuccessionServer(
    ProxyOptions options,
    Succession succession,
    EnrolmentKeeper enrolments,
    HandoverServer handover,
    CniInstaller installer,
    SessionKeeper session,
    ResourceStore resources,
    TrafficBuffer traffic,
    INodeDataPlane dataPlane,
    AdminServer admin,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<SuccessionServer> logger) : BackgroundService
{
    // From the first word of the next process until it serves, which with hundreds of pods takes a while.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AdminPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Whether another process has taken over.</summary>
    public bool HasRetired { get; private set; }

    /// <summary>Waits for the outcome of a take-over that is under way.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        _turn.Release();
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await StartedAsync(stoppingToken);
            using var listener = UnixListener.Bind(options.SuccessionSocket);
            while (!HasRetired)
            {
                using var channel = new SuccessionChannel(await listener.AcceptAsync(stoppingToken));
                if (channel.PeerUser != 0)
                {
                    LogStranger(logger, channel.PeerUser);
                    continue;
                }
                await _turn.WaitAsync(stoppingToken);
                try
                {
                    await HandOverAsync(channel, stoppingToken);
                }
                finally
                {
                    _turn.Release();
                }
                if (HasRetired)
                {
                    listener.Dispose();
                    await ReportAsync(channel, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends; that is what cancels.
        }
    }

    // Nobody can take over from a process that is not complete.
    private async Task StartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
    }

    private async Task HandOverAsync(SuccessionChannel channel, CancellationToken cancellationToken)
    {
        SuspendableService[] duties = [handover, installer, session];
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var files = new List<SafeFileHandle>();
        var suspended = 0;
        try
        {
            var asked = await channel.ReceiveAsync(files, either.Token);
            if (asked.Kind != SuccessionMessage.TakeOver)
            {
                throw new IOException($"it began with '{asked.Kind}'");
            }
            LogAsked(logger, asked.Text);
            for (; suspended < duties.Length; suspended++)
            {
                // The session last: an enrolment that is under way still needs it.
                await duties[suspended].SuspendAsync();
            }
            resources.Save();
            await channel.SendAsync(
                new SuccessionMessage { Kind = SuccessionMessage.Inheritance }, either.Token, succession.Lock.Handle, handover.Listener);
            await HandPodsOverAsync(channel, either.Token);
            // Nothing of this may be cut short by the end of the process.
            await RetireAsync(channel);
            suspended = 0;
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or ObjectDisposedException)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                LogFailed(logger, failure is OperationCanceledException
                    ? $"it did not serve within {Patience.TotalSeconds:0} s" : failure.Message);
            }
        }
        finally
        {
            files.ForEach(file => file.Dispose());
            while (!HasRetired && suspended > 0)
            {
                duties[--suspended].Resume();
            }
        }
    }

    // Ends when the next process says that it serves.
    private async Task HandPodsOverAsync(SuccessionChannel channel, CancellationToken cancellationToken)
    {
        using var pods = enrolments.Transferable().GetEnumerator();
        var files = new List<SafeFileHandle>();
        try
        {
            while (true)
            {
                var message = await channel.ReceiveAsync(files, cancellationToken);
                switch (message.Kind)
                {
                    case SuccessionMessage.Serving:
                        return;
                    case SuccessionMessage.Next when pods.MoveNext():
                        var live = pods.Current;
                        await channel.SendAsync(
                            new SuccessionMessage
                            {
                                Kind = SuccessionMessage.Pod,
                                Enrolment = live.Enrolment,
                                Script = live.Script,
                                Outbound = live.Listeners.Outbound.Count,
                            },
                            cancellationToken,
                            [live.Netns.Handle, .. live.Listeners.Outbound, .. live.Listeners.Inbound]);
                        break;
                    case SuccessionMessage.Next:
                        await channel.SendAsync(new SuccessionMessage { Kind = SuccessionMessage.End }, cancellationToken);
                        break;
                    default:
                        await channel.SendAsync(
                            new SuccessionMessage { Kind = SuccessionMessage.Refused, Text = $"'{message.Kind}' is unknown" }, cancellationToken);
                        break;
                }
            }
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    private async Task RetireAsync(SuccessionChannel channel)
    {
        HasRetired = true;
        dataPlane.Retire();
        handover.LetGo();
        succession.Lock.Dispose();
        // The next process listens on the same port, as soon as it knows.
        using (var limit = new CancellationTokenSource(AdminPatience, time))
        {
            await admin.StopAsync(limit.Token);
        }
        LogRetired(logger);
        try
        {
            await channel.SendAsync(new SuccessionMessage { Kind = SuccessionMessage.Retired }, CancellationToken.None);
        }
        catch (IOException)
        {
            // The next process died just now; whoever listens to it finds out.
        }
    }

    // What the connections do that are left here would be seen by nobody: this process has no session any more.
    private async Task ReportAsync(SuccessionChannel channel, CancellationToken cancellationToken)
    {
        var gone = WatchAsync(channel, cancellationToken);
        using var timer = new PeriodicTimer(ReportInterval, time);
        try
        {
            while (true)
            {
                var next = timer.WaitForNextTickAsync(cancellationToken).AsTask();
                if (await Task.WhenAny(next, gone) == gone)
                {
                    await gone;
                    break;
                }
                await next;
                await ReportOnceAsync(channel);
            }
            LogSuccessorGone(logger);
        }
        catch (IOException)
        {
            LogSuccessorGone(logger);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await SayLastAsync(channel);
            return;
        }
        // Started anew, the process can take its place again; retired, it cannot.
        lifetime.StopApplication();
    }

    private async Task SayLastAsync(SuccessionChannel channel)
    {
        try
        {
            await ReportOnceAsync(channel);
        }
        catch (IOException)
        {
            // It has ended before this one; nobody is left to be told.
        }
    }

    private async Task ReportOnceAsync(SuccessionChannel channel)
    {
        traffic.Add(dataPlane.CollectTraffic());
        while (traffic.Count > 0)
        {
            await channel.SendAsync(
                new SuccessionMessage { Kind = SuccessionMessage.Traffic, Report = traffic.Take().ToByteArray() }, CancellationToken.None);
        }
    }

    private static async Task WatchAsync(SuccessionChannel channel, CancellationToken cancellationToken)
    {
        var files = new List<SafeFileHandle>();
        try
        {
            while (true)
            {
                await channel.ReceiveAsync(files, cancellationToken);
            }
        }
        catch (EndOfStreamException)
        {
            // That is what it waits for.
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    [LoggerMessage(EventId = 2510, Level = LogLevel.Information, Message = "another process ({Pod}) takes over this node")]
    private static partial void LogAsked(ILogger logger, string? pod);

    [LoggerMessage(EventId = 2511, Level = LogLevel.Information,
        Message = "another process has taken over; the connections there are go on until they end or this process is told to")]
    private static partial void LogRetired(ILogger logger);

    [LoggerMessage(EventId = 2512, Level = LogLevel.Warning, Message = "the other process did not take over: {Reason}. This one goes on")]
    private static partial void LogFailed(ILogger logger, string reason);

    [LoggerMessage(EventId = 2513, Level = LogLevel.Warning, Message = "user {User} asked to take over and was refused: only root may")]
    private static partial void LogStranger(ILogger logger, int user);

    [LoggerMessage(EventId = 2514, Level = LogLevel.Warning,
        Message = "the process that took over has ended; this one ends too, to be started anew")]
    private static partial void LogSuccessorGone(ILogger logger);
}
