using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Silo.Configuration;
using Mesh.Silo.Hosting;
using Mesh.Silo.Identity;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Mesh.Silo.NodeSessions;

/// <summary>Adds node sessions.</summary>
internal static class NodeSessionRegistration
{
    /// <summary>Node sessions on <see cref="SiloOptions.NodeSessionPort"/>, HTTP/2 over TLS 1.3.</summary>
    public static WebApplicationBuilder AddNodeSessions(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<NodeSessionOptions>();
        builder.Services.AddSingleton<NodeSessionMetrics>();
        builder.Services.AddSingleton<NodeSessionRegistry>();
        builder.Services.AddSingleton<PodLookup>();
        builder.Services.AddSingleton<NodeAuthenticator>();
        builder.Services.AddSingleton<CertificateRequests>();
        builder.Services.AddSingleton<EnrolmentQuestions>();
        builder.Services.AddSingleton<NodeSessionServices>();
        builder.Services.AddSingleton<NodeSessionEndpoint>();
        builder.Services.AddHostedService<NodeSessionReporter>();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(Listen);
        return builder;
    }

    public static WebApplication UseNodeSessions(this WebApplication app) =>
        app.Serve(
            ListenerPurpose.NodeSessions,
            context => context.RequestServices.GetRequiredService<NodeSessionEndpoint>().HandleAsync(context));

    private static void Listen(KestrelServerOptions kestrel)
    {
        var services = kestrel.ApplicationServices;
        var certificate = services.GetRequiredService<SiloCertificate>();
        var verifier = services.GetRequiredService<PeerVerifier>();
        // Sessions have time limits of their own.
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.ListenAnyIP(services.GetRequiredService<SiloOptions>().NodeSessionPort, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.For(ListenerPurpose.NodeSessions);
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = handshake => ValueTask.FromResult(ServerOptions(handshake.Connection, certificate, verifier)),
            });
        });
    }

    // A client without a certificate may still ask for its first one, and one with a wrong certificate deserves a readable answer. So the
    // handshake notes what the certificate proves, and the request is refused that needs more.
    private static SslServerAuthenticationOptions ServerOptions(
        ConnectionContext connection, SiloCertificate certificate, PeerVerifier verifier) => new()
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            ServerCertificateContext = certificate.Context,
            ClientCertificateRequired = true,
            CertificateChainPolicy = PeerVerifier.NewPolicy(),
            AllowRenegotiation = false,
            // A resumed session has the client's certificate, but not the intermediates it sent: its chain would be partial, and a proxy that
            // comes back to the same silo process would be refused for as long as it resumes.
            AllowTlsResume = false,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            RemoteCertificateValidationCallback = (_, peer, chain, _) =>
            {
                connection.Features.Set(verifier.VerifyClient(peer as X509Certificate2, chain?.ChainPolicy.ExtraStore));
                return true;
            },
        };
}
