namespace Mesh.Benchmarks.Proxies;

/// <summary>nginx with its stream module on both sides: byte streams, one TLS connection each.</summary>
internal sealed class NginxStreamPair() : Peer("nginx stream")
{
    /// <summary>Where Debian's package libnginx-mod-stream puts the module.</summary>
    public const string Module = "/usr/lib/nginx/modules/ngx_stream_module.so";

    protected override IReadOnlyList<string> Command(PairPlan plan, string role)
    {
        var server = role == Identities.Client
            ? $"""
                    listen 127.0.0.1:{plan.ClientPort} backlog=4096;
                    proxy_ssl on;
            {NginxConfiguration.UpstreamTls(plan.Identities)}
                    proxy_pass 127.0.0.1:{plan.ServerPort};
            """
            : $"""
                    listen 127.0.0.1:{plan.ServerPort} ssl backlog=4096;
            {NginxConfiguration.ListenerTls(plan.Identities)}
                    proxy_pass $next;
            """;
        var text = $$"""
            load_module {{Module}};
            {{NginxConfiguration.Base(plan.Path(role))}}
            stream {
                map_hash_bucket_size 128;
                map $ssl_client_s_dn $next { default ""; "CN={{Identities.NameOf(Identities.Client)}}" 127.0.0.1:{{plan.BackendPort}}; }
                server {
                    tcp_nodelay on;
                    proxy_timeout 1h;
                    proxy_buffer_size 16k;
            {{server}}
                }
            }

            """;
        return ["nginx", "-c", plan.Write($"{role}.conf", text)];
    }
}
