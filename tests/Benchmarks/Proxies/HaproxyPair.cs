namespace Mesh.Benchmarks.Proxies;

/// <summary>HAProxy on both sides.</summary>
internal sealed class HaproxyPair(HaproxyMode mode) : Peer(NameOf(mode))
{
    public override bool WantsHttp2Backend => mode == HaproxyMode.Http2Throughout;

    private bool IsHttp => mode is HaproxyMode.Http1 or HaproxyMode.Http2 or HaproxyMode.Http2Throughout;

    private bool Multiplexes => mode is HaproxyMode.Http2 or HaproxyMode.Http2Throughout;

    private bool Resumes => mode == HaproxyMode.TcpResumed;

    protected override IReadOnlyList<string> Command(PairPlan plan, string role)
    {
        var side = role == Identities.Client ? ClientSide(plan) : ServerSide(plan);
        var text = $"""
            global
                nbthread 1
                maxconn {MaximumConnections}
                ssl-default-bind-options ssl-min-ver TLSv1.3{(Resumes ? "" : " no-tls-tickets")}
                ssl-default-bind-ciphersuites {CipherSuite}
                ssl-default-bind-curves {Curves}
                ssl-default-server-ciphersuites {CipherSuite}
                tune.ssl.cachesize {(Resumes ? 20_000 : 0)}
            defaults
                mode {(IsHttp ? "http" : "tcp")}
                maxconn {MaximumConnections}
                timeout connect 5s
                timeout client 1h
                timeout server 1h
                timeout http-keep-alive 1h
                {(IsHttp ? "http-reuse always" : "")}
            listen {role}
            {side}

            """;
        return ["haproxy", "-db", "-q", "-f", plan.Write($"{role}.cfg", text)];
    }

    private static string NameOf(HaproxyMode mode) => mode switch
    {
        HaproxyMode.Http1 => "HAProxy, HTTP/1.1 between",
        HaproxyMode.Http2 => "HAProxy, HTTP/2 between",
        HaproxyMode.Http2Throughout => "HAProxy, HTTP/2 throughout",
        HaproxyMode.TcpResumed => "HAProxy, resuming",
        _ => "HAProxy",
    };

    private string ClientSide(PairPlan plan)
    {
        var name = Identities.NameOf(Identities.Server);
        var certificates = plan.Identities;
        var own = certificates.CertificateAndKey(Identities.Client);
        var tls = $"ssl force-tlsv13 verify required ca-file {certificates.Authority} crt {own}";
        var peer = $"sni str({name}) verifyhost {name}{(Resumes ? "" : " no-ssl-reuse")}{(Multiplexes ? " alpn h2 proto h2" : "")}";
        return $"""
                bind 127.0.0.1:{plan.ClientPort}
                server server 127.0.0.1:{plan.ServerPort} pool-max-conn -1 {tls} {peer}
            """;
    }

    private string ServerSide(PairPlan plan)
    {
        var certificates = plan.Identities;
        var authorised = $"{{ ssl_c_s_dn(cn) -m str {Identities.NameOf(Identities.Client)} }}";
        var rule = IsHttp
            ? $"http-request deny unless {authorised}\n    http-request set-header l5d-client-id %[ssl_c_s_dn(cn)]"
            : $"tcp-request session reject unless {authorised}";
        var tls = $"ssl crt {certificates.CertificateAndKey(Identities.Server)} ca-file {certificates.Authority} verify required";
        return $"""
                bind 127.0.0.1:{plan.ServerPort} {tls}{(Multiplexes ? " alpn h2" : "")}
                {rule}
                server backend 127.0.0.1:{plan.BackendPort} pool-max-conn -1{(WantsHttp2Backend ? " proto h2" : "")}
            """;
    }
}
