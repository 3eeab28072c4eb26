using System.IO.Pipelines;
using Google.Protobuf;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.Nodes;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Silo.NodeSessions;

/// <summary>
/// One proxy's stream: a pipe between it and its node's grain. It understands the frames only as far as it must: to keep the hello up to
/// date, to conflate updates for a slow proxy, and to answer what the grain need not be asked.
/// </summary>
internal sealed partial class NodeSession : INodeSessionObserver
{
    private readonly NodeSessionServices _services;
    private readonly NodeSessionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SessionHello _hello;
    private readonly GrainAttachment _attachment;
    private readonly TrafficForwarder _traffic;
    private readonly OutgoingMessages _outgoing = new();
    private readonly TaskGroup _questions = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationToken _end;
    private int _reason = -1;

    public NodeSession(NodeSessionServices services, NodeKey node, Hello hello)
    {
        _services = services;
        _options = services.Options;
        _time = services.Time;
        _logger = services.Logger;
        _end = _ended.Token;
        Node = node;
        _hello = new SessionHello(hello);
        _attachment = new GrainAttachment(
            services.Grains.GetGrain<INodeProxyGrain>(node.ToString()), Id, node, _hello, _options, _time, _logger);
        _traffic = services.CreateTrafficForwarder(node.Name);
    }

    /// <summary>Names the session to its grain.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    public NodeKey Node { get; }

    /// <summary>Called by the node's grain.</summary>
    public Task OnUpdate(byte[] update)
    {
        var parsed = Update.Parser.ParseFrom(update);
        _hello.Queued(parsed);
        _outgoing.Add(parsed);
        return Task.CompletedTask;
    }

    /// <summary>Ends the session from outside; only the first reason counts. Returns at once.</summary>
    public void End(NodeSessionEnd reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, -1) == -1)
        {
            _ended.Cancel();
        }
    }

    /// <summary>Runs the session until either side ends it. All its loops have ended when this returns.</summary>
    /// <param name="input">What the proxy sends after its hello.</param>
    /// <param name="output">What it is sent.</param>
    /// <param name="connection">Cancelled when the proxy's connection breaks.</param>
    public async Task<NodeSessionEnd> RunAsync(PipeReader input, PipeWriter output, CancellationToken connection)
    {
        var reference = _services.Grains.CreateObjectReference<INodeSessionObserver>(this);
        await using var broken = connection.Register(() => End(NodeSessionEnd.ClosedByProxy));
        await using var stopping = _services.Stopping.Register(() => End(NodeSessionEnd.Shutdown));
        try
        {
            await Task.WhenAll(
                GuardAsync(ReadAsync(input), NodeSessionEnd.ClosedByProxy),
                GuardAsync(WriteAsync(output), NodeSessionEnd.TooSlow),
                GuardAsync(_attachment.RunAsync(reference, _end), NodeSessionEnd.GrainUnreachable),
                GuardAsync(_traffic.RunAsync(_end), NodeSessionEnd.Failed));
            await _questions.DrainAsync();
            await _attachment.DetachAsync();
        }
        finally
        {
            _services.Grains.DeleteObjectReference<INodeSessionObserver>(reference);
        }
        return (NodeSessionEnd)_reason;
    }

    // The first loop that ends, ends the session; the others follow.
    private async Task GuardAsync(Task loop, NodeSessionEnd reason)
    {
        try
        {
            await loop;
            End(reason);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Already ended.
        }
        catch (Exception e) when (e is InvalidFrameException or InvalidProtocolBufferException)
        {
            LogProtocolError(Node, e.Message);
            End(NodeSessionEnd.ProtocolError);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            End(NodeSessionEnd.ClosedByProxy);
        }
        catch (Exception e)
        {
            LogFailed(Node, e);
            End(NodeSessionEnd.Failed);
        }
    }

    private async Task ReadAsync(PipeReader input)
    {
        while (true)
        {
            using var silence = new CancellationTokenSource(_options.Silence, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, _end);
            ProxyMessage? message;
            try
            {
                message = await MessageFrame.ReadAsync(input, ProxyMessage.Parser, either.Token);
            }
            catch (OperationCanceledException) when (silence.IsCancellationRequested)
            {
                End(NodeSessionEnd.Silent);
                return;
            }
            if (message is null)
            {
                return;
            }
            Take(message);
        }
    }

    private void Take(ProxyMessage message)
    {
        switch (message.KindCase)
        {
            case ProxyMessage.KindOneofCase.Traffic:
                _traffic.Add(message.Traffic);
                break;
            case ProxyMessage.KindOneofCase.Demand:
                if (!_hello.Apply(message.Demand))
                {
                    throw new InvalidFrameException($"The proxy demands more than {SessionHello.MaxEntries} destinations.");
                }
                _attachment.Demand(message.Demand);
                break;
            case ProxyMessage.KindOneofCase.CertificateRequest:
                Ask(async () => new SiloMessage
                {
                    Certificate = await _services.Certificates.AnswerAsync(message.CertificateRequest, Node.Name, _end),
                });
                break;
            case ProxyMessage.KindOneofCase.EnrolmentQuery:
                Ask(async () => new SiloMessage
                {
                    EnrolmentAnswer = await _services.Enrolments.AnswerAsync(message.EnrolmentQuery, Node.Name, _end),
                });
                break;
            case ProxyMessage.KindOneofCase.Hello:
                throw new InvalidFrameException("A hello comes once, at the beginning.");
            default:
                // A newer proxy may know more kinds of messages; they are not for this silo.
                break;
        }
    }

    // Questions may wait for an informer; the frames behind them must not.
    private void Ask(Func<Task<SiloMessage>> answer)
    {
        if (_questions.Count + _outgoing.Answers >= _options.MaxQuestions)
        {
            throw new InvalidFrameException($"The proxy has more than {_options.MaxQuestions} questions open.");
        }
        _questions.Start(async () =>
        {
            try
            {
                _outgoing.AddAnswer(await answer());
            }
            catch (OperationCanceledException) when (_end.IsCancellationRequested)
            {
                // Nobody is left to take the answer.
            }
            catch (Exception e)
            {
                LogFailed(Node, e);
                End(NodeSessionEnd.Failed);
            }
        });
    }

    // Returns when the proxy does not take a frame in time.
    private async Task WriteAsync(PipeWriter output)
    {
        while (true)
        {
            if (!_outgoing.TryTake(out var message))
            {
                await _outgoing.WaitAsync(_options.KeepAlive, _time, _end);
                if (!_outgoing.TryTake(out message))
                {
                    message = new SiloMessage { Update = new Update() };
                }
            }
            if (message.CalculateSize() > MessageFrame.MaxMessageBytes)
            {
                LogTooLong(Node, message.Update.Upserts[0].Key, message.CalculateSize());
                continue;
            }
            MessageFrame.Write(output, message);
            using var patience = new CancellationTokenSource(_options.WriteTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _end);
            try
            {
                var flush = await output.FlushAsync(either.Token);
                if (flush.IsCompleted)
                {
                    End(NodeSessionEnd.ClosedByProxy);
                    return;
                }
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested)
            {
                return;
            }
            _services.Metrics.Sent();
        }
    }

    [LoggerMessage(2000, LogLevel.Warning, "The proxy of node {Node} broke the protocol: {Problem} Is it of another version?")]
    private partial void LogProtocolError(NodeKey node, string problem);

    [LoggerMessage(2001, LogLevel.Error, "The session of node {Node} failed; the proxy will come back.")]
    private partial void LogFailed(NodeKey node, Exception exception);

    [LoggerMessage(2002, LogLevel.Error, "Node {Node} does not get resource {Key}: its {Bytes} bytes are too many for one frame.")]
    private partial void LogTooLong(NodeKey node, string key, int bytes);
}
