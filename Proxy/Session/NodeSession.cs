using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.Session;

/// <summary>
/// One session with one silo, from after its hello to its end: receives updates and answers, sends traffic every second and demand as it
/// arises, and ends when the silo is silent for ten seconds. <c>whenCurrent</c> is called when the silo has sent all that was lacking.
/// </summary>
internal sealed class NodeSession(
    SiloStream stream, ResourceStore resources, DestinationDemand demand, TrafficBuffer traffic, TimeProvider time, Action whenCurrent)
{
    /// <summary>A silo says something every 3 s; after this long without a word it is taken for dead.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);
    private readonly PendingAnswers<Certificate> _certificates = new();
    private readonly PendingAnswers<EnrolmentAnswer> _enrolments = new();

    /// <summary>Runs the session; returns when the silo ends it.</summary>
    /// <exception cref="SessionException">The silo fell silent or sent nonsense.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] parts = [ReceiveAsync(end.Token), ReportAsync(end.Token), DemandAsync(end.Token)];
        try
        {
            await await Task.WhenAny(parts);
        }
        finally
        {
            await end.CancelAsync();
            // Every part ends now: by the cancellation, or by what ended the session, which the first of them has thrown above.
            await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var ended = new SessionException("the session with the silo ended before it answered");
            _certificates.FailAll(ended);
            _enrolments.FailAll(ended);
        }
    }

    /// <summary>Asks for a certificate.</summary>
    public async Task<Certificate> RequestCertificateAsync(CertificateRequest request, CancellationToken cancellationToken)
    {
        var (id, answer) = _certificates.Begin();
        try
        {
            request.Id = id;
            await stream.SendAsync(new ProxyMessage { CertificateRequest = request }, cancellationToken);
            return await answer.WaitAsync(cancellationToken);
        }
        finally
        {
            _certificates.Abandon(id);
        }
    }

    /// <summary>Asks whether a pod is meshed.</summary>
    public async Task<EnrolmentAnswer> QueryEnrolmentAsync(EnrolmentQuery query, CancellationToken cancellationToken)
    {
        var (id, answer) = _enrolments.Begin();
        try
        {
            query.Id = id;
            await stream.SendAsync(new ProxyMessage { EnrolmentQuery = query }, cancellationToken);
            return await answer.WaitAsync(cancellationToken);
        }
        finally
        {
            _enrolments.Abandon(id);
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(Silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        while (true)
        {
            SiloMessage? message;
            try
            {
                message = await stream.ReceiveAsync(either.Token);
            }
            catch (OperationCanceledException) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new SessionException($"the silo said nothing for {Silence.TotalSeconds:0} s");
            }
            if (message is null)
            {
                return;
            }
            silence.CancelAfter(Silence);
            Handle(message);
        }
    }

    private void Handle(SiloMessage message)
    {
        switch (message.KindCase)
        {
            case SiloMessage.KindOneofCase.Update:
                resources.Apply(message.Update);
                if (message.Update.Complete)
                {
                    whenCurrent();
                }
                break;
            case SiloMessage.KindOneofCase.Certificate:
                _certificates.Answer(message.Certificate.Id, message.Certificate);
                break;
            case SiloMessage.KindOneofCase.EnrolmentAnswer:
                _enrolments.Answer(message.EnrolmentAnswer.Id, message.EnrolmentAnswer);
                break;
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ReportInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var report = traffic.Take();
            try
            {
                await stream.SendAsync(new ProxyMessage { Traffic = report }, cancellationToken);
            }
            catch
            {
                traffic.Add(report, earlier: true);
                throw;
            }
        }
    }

    private async Task DemandAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // What is taken and not sent is said again by the next session's hello.
            var change = await demand.TakeAsync(cancellationToken);
            await stream.SendAsync(new ProxyMessage { Demand = change }, cancellationToken);
        }
    }
}
