namespace Mesh.Benchmarks.Proxies;

/// <summary>nginx on both sides, HTTP/1.1 between; <paramref name="http2"/>: clients may speak HTTP/2.</summary>
internal sealed class NginxHttpPair(bool http2 = false) : Peer("nginx")
{
    protected override IReadOnlyList<string> Command(PairPlan plan, string role)
    {
        var server = role == Identities.Client ? ClientSide(plan) : ServerSide(plan);
        var prefix = plan.Path(role);
        var text = $$"""
            {{NginxConfiguration.Base(prefix)}}
            http {
            {{NginxConfiguration.Http(prefix)}}
                proxy_http_version 1.1;
                proxy_max_temp_file_size 0;
                upstream next {
                    server 127.0.0.1:{{plan.Upstream(role)}};
                    keepalive 512;
                    keepalive_requests 1000000000;
                    keepalive_timeout 3600;
                }
                map_hash_bucket_size 128;
                map $ssl_client_s_dn $allowed { default 0; "CN={{Identities.NameOf(Identities.Client)}}" 1; }
                server {
            {{server}}
                }
            }

            """;
        return ["nginx", "-c", plan.Write($"{role}.conf", text)];
    }

    private string ClientSide(PairPlan plan) => $$"""
                listen 127.0.0.1:{{plan.ClientPort}}{{(http2 ? " http2" : "")}} backlog=4096;
        {{NginxConfiguration.UpstreamTls(plan.Identities)}}
                proxy_set_header Connection "";
                proxy_set_header Host $host;
                location / { proxy_pass https://next; }
        """;

    // One proxy_set_header at this level replaces all inherited ones, so each level says all of its own.
    private static string ServerSide(PairPlan plan) => $$"""
                listen 127.0.0.1:{{plan.ServerPort}} ssl backlog=4096;
        {{NginxConfiguration.ListenerTls(plan.Identities)}}
                if ($allowed = 0) { return 403; }
                proxy_set_header Connection "";
                proxy_set_header Host $host;
                proxy_set_header l5d-client-id $ssl_client_s_dn;
                location / { proxy_pass http://next; }
        """;
}
