using System.Text;
using Google.Protobuf;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.NodeSession;
using Mesh.Silo.Configuration;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Silo.NodeSessions;

/// <summary>The HTTP side of node sessions: <c>Certify</c> and <c>Run</c> of node_session.proto.</summary>
internal sealed partial class NodeSessionEndpoint(
    NodeAuthenticator authenticator,
    CertificateRequests certificates,
    NodeSessionServices services,
    NodeSessionRegistry registry,
    SiloOptions options,
    ILogger<NodeSessionEndpoint> logger)
{
    public const string CertifyPath = "/mesh.node.v1.NodeSession/Certify";
    public const string RunPath = "/mesh.node.v1.NodeSession/Run";

    public Task HandleAsync(HttpContext context) => context.Request.Path.Value switch
    {
        _ when !HttpProtocol.IsHttp2(context.Request.Protocol) || !HttpMethods.IsPost(context.Request.Method) =>
            RefuseAsync(context, new NodeRefusal(405, "Node sessions are HTTP/2 POST requests.")),
        CertifyPath => CertifyAsync(context),
        RunPath => RunAsync(context),
        _ => RefuseAsync(context, new NodeRefusal(404, $"There is {CertifyPath} and {RunPath}. Is the proxy of another version?")),
    };

    private async Task CertifyAsync(HttpContext context)
    {
        var aborted = context.RequestAborted;
        var (caller, refusal) = await authenticator.AuthenticateAsync(context, needsCertificate: false, aborted);
        if (caller is null)
        {
            await RefuseAsync(context, refusal!);
            return;
        }
        if (await ReadFirstAsync(context, CertificateRequest.Parser) is not { } request)
        {
            return;
        }
        // The token proves a proxy and nothing else; other identities are asked for on a session.
        if (request.Namespace != options.PodNamespace || request.ServiceAccount != options.ProxyIdentity.ServiceAccount)
        {
            await RefuseAsync(context, new NodeRefusal(403, $"Certify issues {options.ProxyIdentity} only; ask for others on a session."));
            return;
        }
        var answer = await certificates.AnswerAsync(request, caller.Node, aborted);
        MessageFrame.Write(context.Response.BodyWriter, answer);
        await context.Response.BodyWriter.FlushAsync(aborted);
    }

    private async Task RunAsync(HttpContext context)
    {
        var aborted = context.RequestAborted;
        var (caller, refusal) = await authenticator.AuthenticateAsync(context, needsCertificate: true, aborted);
        if (caller is null)
        {
            await RefuseAsync(context, refusal!);
            return;
        }
        // A session lasts as long as the proxy lives; each of its frames is limited.
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        if (await ReadFirstAsync(context, ProxyMessage.Parser) is not { } first)
        {
            return;
        }
        if (Judge(first, caller) is { } wrong)
        {
            await RefuseAsync(context, wrong);
            return;
        }
        // So that the proxy knows at once that it has a session.
        await context.Response.StartAsync(aborted);
        await context.Response.BodyWriter.FlushAsync(aborted);

        var session = new NodeSession(services, new NodeKey(options.Cluster, caller.Node), first.Hello);
        registry.Add(session);
        services.Metrics.Began();
        LogBegan(session.Node, caller.Pod, first.Hello.ProxyVersion, first.Hello.Held.Count, first.Hello.Demanded.Count);
        var end = NodeSessionEnd.Failed;
        try
        {
            end = await session.RunAsync(context.Request.BodyReader, context.Response.BodyWriter, aborted);
        }
        finally
        {
            registry.Remove(session);
            services.Metrics.Ended(end);
            LogEnded(session.Node, end);
        }
        if (end == NodeSessionEnd.Shutdown)
        {
            // The proxy's half of the stream stays open, and Kestrel would wait for it until it may wait no longer.
            await context.Response.CompleteAsync();
            context.Features.Get<IConnectionLifetimeFeature>()?.Abort();
        }
        else if (end is not (NodeSessionEnd.ClosedByProxy or NodeSessionEnd.Replaced))
        {
            context.Abort();
        }
    }

    private NodeRefusal? Judge(ProxyMessage first, NodeCaller caller)
    {
        if (first.KindCase != ProxyMessage.KindOneofCase.Hello)
        {
            return new NodeRefusal(400, $"A session begins with a hello, not with {first.KindCase}.");
        }
        var hello = first.Hello;
        if (hello.Cluster != options.ClusterName)
        {
            return new NodeRefusal(403, $"This silo is of cluster {options.ClusterName}, the proxy of '{hello.Cluster}'. Check "
                + "MESH_CLUSTER_NAME.");
        }
        if (hello.Node != caller.Node)
        {
            return new NodeRefusal(403, $"The token's pod {caller.Pod} runs on node {caller.Node}, not on '{hello.Node}'. Check "
                + "NODE_NAME.");
        }
        return hello.Held.Count > SessionHello.MaxEntries || hello.Demanded.Count > SessionHello.MaxEntries
            ? new NodeRefusal(400, $"The hello has more than {SessionHello.MaxEntries} entries.")
            : null;
    }

    // Null when there was none; then the response is made.
    private async Task<T?> ReadFirstAsync<T>(HttpContext context, MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        using var silence = new CancellationTokenSource(services.Options.Silence, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, context.RequestAborted);
        try
        {
            if (await MessageFrame.ReadAsync(context.Request.BodyReader, parser, either.Token) is { } message)
            {
                return message;
            }
            await RefuseAsync(context, new NodeRefusal(400, "The request ended before its first message."));
        }
        catch (Exception e) when (e is InvalidFrameException or InvalidProtocolBufferException)
        {
            await RefuseAsync(context, new NodeRefusal(400, $"The first message cannot be read: {e.Message}"));
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            await RefuseAsync(context, new NodeRefusal(408, "The first message did not come in time."));
        }
        return null;
    }

    private async Task RefuseAsync(HttpContext context, NodeRefusal refusal)
    {
        services.Metrics.Refused(refusal.Status);
        LogRefused(context.Request.Path.Value, context.Connection.RemoteIpAddress?.ToString(), refusal.Status, refusal.Reason);
        context.Response.StatusCode = refusal.Status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.BodyWriter.WriteAsync(Encoding.UTF8.GetBytes(refusal.Reason + "\n"), context.RequestAborted);
    }

    [LoggerMessage(2003, LogLevel.Information, "Session of node {Node} began: pod {Pod}, version {Version}, holds {Held}, demands "
        + "{Demanded}.")]
    private partial void LogBegan(NodeKey node, string pod, string version, int held, int demanded);

    [LoggerMessage(2004, LogLevel.Information, "Session of node {Node} ended: {Reason}.")]
    private partial void LogEnded(NodeKey node, NodeSessionEnd reason);

    [LoggerMessage(2005, LogLevel.Warning, "Refused {Path} from {Address} with {Status}. {Problem}")]
    private partial void LogRefused(string? path, string? address, int status, string problem);
}
