namespace Mesh.Benchmarks.Proxies;

/// <summary>stunnel on both sides: byte streams, one TLS connection each. It has a thread for each connection, not one for all.</summary>
internal sealed class StunnelPair() : Peer("stunnel")
{
    protected override IReadOnlyList<string> Command(PairPlan plan, string role)
    {
        var peer = role == Identities.Client ? Identities.Server : Identities.Client;
        var name = Identities.NameOf(peer);
        var text = $"""
            foreground = quiet
            pid =
            debug = 3
            sslVersion = TLSv1.3
            ciphersuites = {CipherSuite}
            curves = {Curves}
            options = NO_TICKET
            sessionResume = no
            socket = l:TCP_NODELAY=1
            socket = r:TCP_NODELAY=1
            TIMEOUTidle = 7200
            [{role}]
            {(role == Identities.Client ? $"client = yes\nsni = {name}" : "client = no")}
            accept = 127.0.0.1:{plan.Listen(role)}
            connect = 127.0.0.1:{plan.Upstream(role)}
            cert = {plan.Identities.Certificate(role)}
            key = {plan.Identities.Key(role)}
            CAfile = {plan.Identities.Authority}
            verifyChain = yes
            checkHost = {name}

            """;
        return ["stunnel4", plan.Write($"{role}.conf", text)];
    }
}
