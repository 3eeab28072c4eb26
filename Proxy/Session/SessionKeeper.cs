using System.Reflection;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Certificates;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Succession;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Session;

/// <summary>
/// Keeps a session with some silo of the own cluster, for as long as the process lives; between sessions the proxy goes on with what it
/// knows. Also where certificates and enrolment answers are asked for: such calls wait for a session.
/// </summary>
internal sealed partial class SessionKeeper(
    ProxyOptions options,
    SiloClient client,
    ProxyCertificate own,
    ResourceStore resources,
    DestinationDemand demand,
    TrafficBuffer traffic,
    INodeDataPlane dataPlane,
    TimeProvider time,
    ILogger<SessionKeeper> logger) : SuspendableService, ICertificateIssuer
{
    private static readonly TimeSpan Housekeeping = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(250);
    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5));
    private readonly SemaphoreSlim _wanted = new(0);
    private readonly Lock _lock = new();
    private TaskCompletionSource<NodeSession> _session = NewSession();
    private string? _lastFailure;

    /// <summary>Whether there is a session now.</summary>
    public bool IsConnected
    {
        get
        {
            lock (_lock)
            {
                return _session.Task.IsCompletedSuccessfully;
            }
        }
    }

    /// <summary>Whether there has ever been one in this process, in which the silo sent everything.</summary>
    public bool HasBeenCurrent { get; private set; }

    /// <summary>Sessions begun.</summary>
    public long Sessions { get; private set; }

    /// <summary>Sessions lost and attempts that failed.</summary>
    public long Failures { get; private set; }

    /// <summary>Why there is no session; empty when there is one.</summary>
    public string LastFailure
    {
        get => _lastFailure ?? (own.LastFailure.Length > 0 ? own.LastFailure : "no session was attempted yet");
        private set => _lastFailure = value;
    }

    /// <inheritdoc/>
    public async Task<Certificate> IssueAsync(CertificateRequest request, CancellationToken cancellationToken) =>
        await (await SessionAsync(cancellationToken)).RequestCertificateAsync(request, cancellationToken);

    /// <summary>Asks whether a pod is meshed; waits for a session, and asks the next one when the first ends before it answers.</summary>
    public async Task<EnrolmentAnswer> QueryEnrolmentAsync(EnrolmentQuery query, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!IsConnected)
            {
                _wanted.Release();
            }
            var session = await SessionAsync(cancellationToken);
            try
            {
                return await session.QueryEnrolmentAsync(query, cancellationToken);
            }
            catch (Exception lost) when (lost is SessionException or IOException or ObjectDisposedException)
            {
                // The keeper notices the end of the session too; until it has, it would be handed out again.
                Lose(session);
            }
        }
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(KeepSessionAsync(cancellationToken), KeepHouseAsync(cancellationToken));
        }
        finally
        {
            resources.Save();
        }
    }

    private async Task KeepSessionAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var certificate = await own.GetAsync(cancellationToken);
                await using var stream = await client.OpenAsync(certificate, Hello, cancellationToken);
                var session = new NodeSession(stream, resources, demand, traffic, time, BecomeCurrent);
                Begin(session);
                try
                {
                    await session.RunAsync(cancellationToken);
                    LastFailure = "the silo ended the session";
                }
                finally
                {
                    Lose(session);
                }
            }
            catch (Exception failure) when (failure is SessionException or IOException or HttpRequestException or ObjectDisposedException)
            {
                LastFailure = failure.Message;
            }
            Failures++;
            var wait = _backoff.Next();
            LogLost(logger, LastFailure, wait);
            await PauseAsync(wait, cancellationToken);
        }
    }

    // A pod that is to be enrolled does not wait for the whole pause.
    private async Task PauseAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var least = wait < ShortPause ? wait : ShortPause;
        await Task.Delay(least, time, cancellationToken);
        using var rest = new CancellationTokenSource(wait - least, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, rest.Token);
        try
        {
            await _wanted.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The pause is over.
        }
        // One attempt serves all who have asked so far.
        while (_wanted.Wait(0, CancellationToken.None))
        {
        }
    }

    // Collects traffic whether or not there is a session, so that nothing is lost while there is none.
    private async Task KeepHouseAsync(CancellationToken cancellationToken)
    {
        const int RefreshEvery = 30;
        using var timer = new PeriodicTimer(Housekeeping, time);
        for (var tick = 1; await timer.WaitForNextTickAsync(cancellationToken); tick++)
        {
            traffic.Add(dataPlane.CollectTraffic());
            resources.Save();
            if (tick % RefreshEvery == 0)
            {
                demand.Refresh(dataPlane.DestinationsInUse());
                // Without a session nothing is given up: it could not be had back.
                if (IsConnected && demand.Expire() is { Count: > 0 } idle)
                {
                    resources.ForgetDestinations(idle);
                }
            }
        }
    }

    private Task<NodeSession> SessionAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _session.Task.WaitAsync(cancellationToken);
        }
    }

    private void Begin(NodeSession session)
    {
        lock (_lock)
        {
            Sessions++;
            LastFailure = string.Empty;
            _session.TrySetResult(session);
        }
        LogBegun(logger, options.SiloAddress.Host, options.SiloAddress.Port, resources.Count, demand.Count);
    }

    private Hello Hello() => new()
    {
        Cluster = options.ClusterName,
        Node = options.NodeName,
        ProxyVersion = Version(),
        Held = { resources.Versions() },
        Demanded = { demand.TakeAll() },
    };

    private void BecomeCurrent()
    {
        HasBeenCurrent = true;
        _backoff.Reset();
    }

    private void Lose(NodeSession session)
    {
        lock (_lock)
        {
            if (_session.Task.IsCompletedSuccessfully && _session.Task.Result == session)
            {
                _session = NewSession();
            }
        }
    }

    private static string Version() =>
        typeof(SessionKeeper).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static TaskCompletionSource<NodeSession> NewSession() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(EventId = 2110, Level = LogLevel.Information,
        Message = "session with a silo at {Host}:{Port} begins, {Resources} resources held, {Demanded} destinations in demand")]
    private static partial void LogBegun(ILogger logger, string host, int port, int resources, int demanded);

    [LoggerMessage(EventId = 2111, Level = LogLevel.Warning,
        Message = "no session with a silo: {Reason}. The node goes on with what it knows; next attempt in {Wait}")]
    private static partial void LogLost(ILogger logger, string reason, TimeSpan wait);
}
