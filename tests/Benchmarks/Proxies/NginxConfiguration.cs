namespace Mesh.Benchmarks.Proxies;

/// <summary>What every nginx of the benchmark has in common, be it proxy or backend.</summary>
internal static class NginxConfiguration
{
    /// <summary>One worker, in the foreground, its files in <paramref name="prefix"/>.</summary>
    public static string Base(string prefix) => $$"""
        daemon off;
        master_process off;
        worker_processes 1;
        pid {{prefix}}.pid;
        error_log {{prefix}}.error.log;
        events { worker_connections 19900; multi_accept on; }

        """;

    /// <summary>Connections live as long as the measurement; no request body or response is kept in a file.</summary>
    public static string Http(string prefix) => $$"""
            access_log off;
            server_tokens off;
            tcp_nodelay on;
            keepalive_timeout 3600;
            keepalive_requests 1000000000;
            http2_max_concurrent_streams 1000;
            client_body_temp_path {{prefix}}.body;
            proxy_temp_path {{prefix}}.proxy;
            fastcgi_temp_path {{prefix}}.fastcgi;
            uwsgi_temp_path {{prefix}}.uwsgi;
            scgi_temp_path {{prefix}}.scgi;

        """;

    /// <summary>How the client's side speaks TLS to the server's, in either module.</summary>
    public static string UpstreamTls(Identities identities) => $"""
                proxy_ssl_certificate {identities.Certificate(Identities.Client)};
                proxy_ssl_certificate_key {identities.Key(Identities.Client)};
                proxy_ssl_trusted_certificate {identities.Authority};
                proxy_ssl_verify on;
                proxy_ssl_name {Identities.NameOf(Identities.Server)};
                proxy_ssl_server_name on;
                proxy_ssl_protocols TLSv1.3;
                proxy_ssl_conf_command Ciphersuites {Peer.CipherSuite};
                proxy_ssl_session_reuse off;

        """;

    /// <summary>How the server's side accepts it.</summary>
    public static string ListenerTls(Identities identities) => $"""
                ssl_certificate {identities.Certificate(Identities.Server)};
                ssl_certificate_key {identities.Key(Identities.Server)};
                ssl_client_certificate {identities.Authority};
                ssl_verify_client on;
                ssl_protocols TLSv1.3;
                ssl_conf_command Ciphersuites {Peer.CipherSuite};
                ssl_session_tickets off;
                ssl_session_cache off;

        """;
}
