using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Silo.Identity;
using Microsoft.AspNetCore.Connections;
using Orleans.Configuration;
using Orleans.Connections.Security;
using SiloOptions = Mesh.Silo.Configuration.SiloOptions;

namespace Mesh.Silo.Hosting;

/// <summary>
/// Connections between silos: TLS 1.3, both sides with the certificate that is current when the connection is made, and only a silo's
/// identity is accepted, from either side.
/// </summary>
internal sealed class MicrosoftConnections(SiloOptions options, SiloCertificate certificate, PeerVerifier verifier)
{
    private readonly ConcurrentDictionary<ConnectionContext, IPEndPoint> _open = new();

    public void Configure(SiloConnectionOptions connections)
    {
        var server = NewTls((peer, chain) => verifier.VerifyClient(peer, chain?.ChainPolicy.ExtraStore));
        server.OnAuthenticateAsServer = (_, tls) =>
        {
            var ssl = (SslServerAuthenticationOptions)tls.SslServerAuthenticationOptions;
            // With the chain: another cluster's silos know the anchor, not our issuer.
            ssl.ServerCertificateSelectionCallback = null;
            ssl.ServerCertificateContext = certificate.Context;
            ssl.CertificateChainPolicy = PeerVerifier.NewPolicy();
        };
        var client = NewTls((peer, chain) => verifier.VerifyServer(peer, chain?.ChainPolicy.ExtraStore));
        client.OnAuthenticateAsClient = (_, tls) =>
        {
            var ssl = (SslClientAuthenticationOptions)tls.SslClientAuthenticationOptions;
            ssl.LocalCertificateSelectionCallback = null;
            ssl.ClientCertificateContext = certificate.Context;
            ssl.CertificateChainPolicy = PeerVerifier.NewPolicy();
            ssl.TargetHost = options.SiloIdentity.DnsName;
        };
        connections.ConfigureSiloInboundConnection(connection =>
        {
            connection.Use(Track);
            connection.UseServerTls(server);
        });
        connections.ConfigureSiloOutboundConnection(connection =>
        {
            connection.Use(Track);
            connection.UseClientTls(client);
        });
        // There is no gateway; should one be switched on, it is no way around.
        connections.ConfigureGatewayInboundConnection(connection => connection.UseServerTls(server));
    }

    /// <summary>
    /// Ends every connection to and from a silo at once. From is known by the address, which in a cluster is the silo's pod's alone; silos
    /// that share one, as in tests, only lose the connections to it.
    /// </summary>
    public void Abort(IPEndPoint silo)
    {
        var alone = silo.Address.ToString() != options.PodIp;
        foreach (var (connection, remote) in _open)
        {
            if (remote.Equals(silo) || (alone && remote.Address.Equals(silo.Address)))
            {
                connection.Abort(new ConnectionAbortedException($"Silo {silo} does not answer."));
            }
        }
    }

    private ConnectionDelegate Track(ConnectionDelegate next) => async connection =>
    {
        if (connection.RemoteEndPoint is IPEndPoint remote)
        {
            _open[connection] = remote;
        }
        try
        {
            await next(connection);
        }
        finally
        {
            _open.TryRemove(connection, out _);
        }
    };

    private TlsOptions NewTls(Func<X509Certificate2, X509Chain?, PeerVerification> verify) => new()
    {
        SslProtocols = SslProtocols.Tls13,
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        LocalServerCertificateSelector = (_, _) => certificate.Certificate,
        LocalClientCertificateSelector = (_, _, _, _, _) => certificate.Certificate,
        RemoteCertificateValidation = (peer, chain, _) =>
            verify(peer, chain) is { Verified: true } verified && verified.Identity == options.SiloIdentity,
    };
}
