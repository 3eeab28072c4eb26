using System.Collections.Concurrent;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Google.Protobuf;
using Mesh.Interfaces.Identity;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Certificates;
using Mesh.Proxy.Session;
using Mesh.Proxy.Tests.Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using CertificateRequest = Mesh.Interfaces.NodeSession.CertificateRequest;

namespace Mesh.Proxy.Tests.Session;

/// <summary>The silo's end of node sessions, on loopback, which says what the test tells it to.</summary>
internal sealed class FakeSilo : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TestIssuer _issuer;
    private readonly X509Certificate2 _certificate;
    private Channel<SiloMessage> _down = Channel.CreateUnbounded<SiloMessage>();
    private CancellationTokenSource _drop = new();

    private FakeSilo(TestIssuer issuer, WorkloadIdentity identity, int port)
    {
        _issuer = issuer;
        _certificate = issuer.Server(identity);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(_certificate, https =>
            {
                https.SslProtocols = SslProtocols.Tls13;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.ServerCertificateChain = issuer.Intermediates;
                https.ClientCertificateValidation = (leaf, chain, _) => PeerIdentity.TryVerify(
                    leaf, chain?.ChainPolicy.ExtraStore, issuer.Anchors, new WorkloadIdentity("mesh-proxy", "mesh-system", "cluster.local"),
                    TimeProvider.System.GetUtcNow(), out var _);
            });
        }));
        _app = builder.Build();
        _app.MapPost("/mesh.node.v1.NodeSession/Certify", CertifyAsync);
        _app.MapPost("/mesh.node.v1.NodeSession/Run", RunAsync);
    }

    public ConcurrentQueue<Hello> Hellos { get; } = new();

    public ConcurrentQueue<ProxyMessage> Received { get; } = new();

    public ConcurrentQueue<string> ClientSubjects { get; } = new();

    /// <summary>Refuses with this, when it is set.</summary>
    public (int Status, string Reason)? Refusal { get; set; }

    /// <summary>Does not answer certificate requests on the session, when it is set.</summary>
    public bool WithholdsCertificates { get; set; }

    public string? CertificateError { get; set; }

    public EnrolmentAnswer.Types.Verdict Verdict { get; set; } = EnrolmentAnswer.Types.Verdict.NotMeshed;

    public int Port => new Uri(_app.Urls.First()).Port;

    public static async Task<FakeSilo> StartAsync(TestIssuer issuer, WorkloadIdentity? identity = null, int port = 0)
    {
        var silo = new FakeSilo(issuer, identity ?? new WorkloadIdentity("mesh-silo", "mesh-system", "cluster.local"), port);
        await silo._app.StartAsync();
        return silo;
    }

    public void Send(SiloMessage message) => Assert.True(_down.Writer.TryWrite(message));

    public void Send(Update update) => Send(new SiloMessage { Update = update });

    /// <summary>Ends the session that there is.</summary>
    public async Task DropAsync()
    {
        var drop = _drop;
        _drop = new CancellationTokenSource();
        _down = Channel.CreateUnbounded<SiloMessage>();
        await drop.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _drop.CancelAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private async Task CertifyAsync(HttpContext context)
    {
        if (!await AcceptAsync(context))
        {
            return;
        }
        var request = await MessageFraming.ReadAsync(context.Request.Body, CertificateRequest.Parser, context.RequestAborted);
        await context.Response.Body.WriteAsync(MessageFraming.Frame(Sign(request!)), context.RequestAborted);
    }

    private async Task RunAsync(HttpContext context)
    {
        if (!await AcceptAsync(context))
        {
            return;
        }
        var (down, drop) = (_down, _drop);
        ClientSubjects.Enqueue(context.Connection.ClientCertificate?.Subject ?? "none");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drop.Token);
        // As the real one: nothing is answered before the hello.
        var hello = (await MessageFraming.ReadAsync(context.Request.Body, ProxyMessage.Parser, end.Token))!.Hello;
        await context.Response.StartAsync(end.Token);
        await context.Response.Body.FlushAsync(end.Token);
        Hellos.Enqueue(hello);
        try
        {
            await Task.WhenAny(ReceiveAsync(context, down, end.Token), SendAsync(context, down, end.Token));
        }
        finally
        {
            await end.CancelAsync();
            context.Abort();
        }
    }

    private async Task ReceiveAsync(HttpContext context, Channel<SiloMessage> down, CancellationToken cancellationToken)
    {
        while (await MessageFraming.ReadAsync(context.Request.Body, ProxyMessage.Parser, cancellationToken) is { } message)
        {
            if (message.CertificateRequest is not null && !WithholdsCertificates)
            {
                down.Writer.TryWrite(new SiloMessage { Certificate = Sign(message.CertificateRequest) });
            }
            else if (message.EnrolmentQuery is { } query)
            {
                var answer = new EnrolmentAnswer { Id = query.Id, Uid = query.Uid, Verdict = Verdict };
                down.Writer.TryWrite(new SiloMessage { EnrolmentAnswer = answer });
            }
            Received.Enqueue(message);
        }
    }

    private static async Task SendAsync(HttpContext context, Channel<SiloMessage> down, CancellationToken cancellationToken)
    {
        await foreach (var message in down.Reader.ReadAllAsync(cancellationToken))
        {
            await context.Response.Body.WriteAsync(MessageFraming.Frame(message), cancellationToken);
            await context.Response.Body.FlushAsync(cancellationToken);
        }
    }

    private Certificate Sign(CertificateRequest request) => CertificateError is { } error
        ? new Certificate { Id = request.Id, Error = error }
        : _issuer.Sign(
            request, new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2035, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private async Task<bool> AcceptAsync(HttpContext context)
    {
        var (status, reason) = Refusal ?? (context.Request.Headers.Authorization == "Bearer the-token" ? (200, "") : (401, "bad token"));
        if (status == 200)
        {
            return true;
        }
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(reason + "\n");
        return false;
    }
}
