using System.Text.Json.Nodes;

namespace Mesh.Cli.Tests;

public sealed class VizTests : CliFixture
{
    private const string Proxy = "GET /api/v1/namespaces/mesh-system/services/mesh-viz:8084/proxy/api/v1/";
    private const string TokenRequest = "POST /api/v1/namespaces/mesh-system/serviceaccounts/mesh-viz/token";

    private const string Bb = """
        {"namespace":"mc-demo","kind":"deployment","name":"bb","meshed":"1/1","success":1,"rps":10.3,
         "latency_ms_p50":1,"latency_ms_p95":1,"latency_ms_p99":1,"tcp_open_connections":3,"tcp_read_bytes_rate":1034.56,"tcp_write_bytes_rate":0}
        """;

    private const string Idle = """{"namespace":"mc-demo","kind":"deployment","name":"web-frontend","meshed":"0/2"}""";

    [Fact]
    public async Task Stat_TheGuidesNumbers_IsTheGuidesTable()
    {
        Answer("stat", $"[{Bb}]");
        Assert.Equal(0, await MeshAsync("viz", "stat", "-n", "mc-demo", "deploy"));
        Assert.Equal("""
            NAME   MESHED   SUCCESS       RPS   LATENCY_P50   LATENCY_P95   LATENCY_P99   TCP_CONN
            bb        1/1   100.00%   10.3rps           1ms           1ms           1ms          3

            """, Output);
        var question = Api.Requests.Single(r => r.Path.EndsWith("/stat", StringComparison.Ordinal));
        Assert.Equal("?namespace=mc-demo&kind=deployment&name=&window=60", question.Query);
        Assert.Equal("Bearer a-token", question.Headers["Mesh-Authorization"]);
        Assert.Equal("mesh-viz", (string)JsonNode.Parse(Api.Requests[0].Body)!["spec"]!["audiences"]![0]!);
    }

    [Fact]
    public async Task Stat_AllNamespacesAndWide_HasTheColumnsForIt()
    {
        Answer("stat", $"[{Idle},{Bb}]");
        Assert.Equal(0, await MeshAsync("viz", "stat", "-A", "deploy", "-o", "wide", "-t", "1m30s"));
        Assert.Equal("""
            NAMESPACE   NAME           MESHED   SUCCESS       RPS   LATENCY_P50   LATENCY_P95   LATENCY_P99   TCP_CONN   READ_BYTES/SEC   WRITE_BYTES/SEC
            mc-demo     bb                1/1   100.00%   10.3rps           1ms           1ms           1ms          3        1034.6B/s            0.0B/s
            mc-demo     web-frontend      0/2         -         -             -             -             -          -                -                 -

            """, Output);
        Assert.Contains(Api.Requests, r => r.Query == "?namespace=&kind=deployment&name=&window=90");
    }

    [Fact]
    public async Task Stat_SeveralKinds_OneTableEachWithTheirShortNames()
    {
        Answer("stat", $"[{Bb}]");
        Api.On("GET /api/v1/namespaces/from-context/pods", """
            {"items":[{"metadata":{"name":"x","namespace":"mc-demo"}},{"metadata":{"name":"bb","namespace":"mc-demo"},"status":{"phase":"Running"}}]}
            """);
        Assert.Equal(0, await MeshAsync("viz", "stat", "deploy/bb", "po/bb"));
        Assert.Equal("""
            NAME        MESHED   SUCCESS       RPS   LATENCY_P50   LATENCY_P95   LATENCY_P99   TCP_CONN
            deploy/bb      1/1   100.00%   10.3rps           1ms           1ms           1ms          3

            NAME     STATUS   MESHED   SUCCESS       RPS   LATENCY_P50   LATENCY_P95   LATENCY_P99   TCP_CONN
            po/bb   Running      1/1   100.00%   10.3rps           1ms           1ms           1ms          3

            """, Output);
        Assert.Contains(Api.Requests, r => r.Query == "?namespace=from-context&kind=pod&name=bb&window=60");
    }

    [Fact]
    public async Task Stat_Json_HasLinkerdsNames()
    {
        Answer("stat", $"[{Bb},{Idle}]");
        Assert.Equal(0, await MeshAsync("viz", "stat", "-n", "mc-demo", "deploy", "-o", "json"));
        var rows = JsonNode.Parse(Output)!.AsArray();
        Assert.Equal(10.3, (double)rows[0]!["rps"]!);
        Assert.Equal(3, (int)rows[0]!["tcp_open_connections"]!);
        Assert.Null(rows[1]!["success"]);
    }

    [Fact]
    public async Task Stat_Nothing_SaysSoOnStandardError()
    {
        Answer("stat", "[]");
        Assert.Equal(0, await MeshAsync("viz", "stat", "deploy"));
        Assert.Equal(("", "No traffic found.\n"), (Output, Error));
    }

    [Fact]
    public async Task Stat_TargetOfALinkIsSilent_SaysSoBesideTheTable()
    {
        Answer("stat", $"[{Bb}]");
        Api.On(Proxy + "status", Links("Suspect", "The silos of cluster east do not answer."));
        Assert.Equal(0, await MeshAsync("viz", "stat", "-n", "mc-demo", "deploy"));
        Assert.Equal("mesh: Link target to cluster east is Suspect. The silos of cluster east do not answer.\n", Error);
    }

    [Fact]
    public async Task Authz_TheGuidesNumbers_IsTheGuidesTable()
    {
        Answer("authz", """
            [{"route":"default","server":"bb","authorization":"","unauthorized":10,"success":0,"rps":0,"latency_ms_p50":0,"latency_ms_p95":0,"latency_ms_p99":0},
             {"route":"default","server":"bb","authorization":"authorizationpolicy/bb-authz","unauthorized":0,"success":1,"rps":10,"latency_ms_p50":1,"latency_ms_p95":1,"latency_ms_p99":1},
             {"route":"default","server":"default:all-unauthenticated","authorization":"default/all-unauthenticated","success":1,"rps":0.1,"latency_ms_p50":1,"latency_ms_p95":1,"latency_ms_p99":1},
             {"route":"probe","server":"default:all-unauthenticated","authorization":"default/probe","success":1,"rps":0.2,"latency_ms_p50":1,"latency_ms_p95":1,"latency_ms_p99":1}]
            """);
        Assert.Equal(0, await MeshAsync("viz", "authz", "-n", "mc-demo", "deploy"));
        Assert.Equal("""
            ROUTE    SERVER                       AUTHORIZATION                 UNAUTHORIZED  SUCCESS      RPS  LATENCY_P50  LATENCY_P95  LATENCY_P99
            default  bb                                                              10.0rps    0.00%   0.0rps          0ms          0ms          0ms
            default  bb                           authorizationpolicy/bb-authz        0.0rps  100.00%  10.0rps          1ms          1ms          1ms
            default  default:all-unauthenticated  default/all-unauthenticated         0.0rps  100.00%   0.1rps          1ms          1ms          1ms
            probe    default:all-unauthenticated  default/probe                       0.0rps  100.00%   0.2rps          1ms          1ms          1ms

            """, Output);
    }

    [Fact]
    public async Task Stat_NotInstalled_SaysSo()
    {
        Assert.Equal(1, await MeshAsync("viz", "stat", "deploy"));
        Assert.Contains("The mesh is not installed here", Error);
    }

    [Theory]
    [InlineData(503, """{"kind":"Status","message":"no endpoints available for service \"mesh-viz\""}""", "no endpoints available")]
    [InlineData(400, """{"title":"Bad","detail":"There is no namespace mc-demo."}""", "There is no namespace mc-demo.")]
    [InlineData(200, "<html>", "cannot be read")]
    public async Task Stat_SiloAnswersWithAnError_Is1AndSaysIt(int status, string body, string expected)
    {
        Answer("stat", body, status);
        Assert.Equal(1, await MeshAsync("viz", "stat", "deploy"));
        Assert.Contains(expected, Error);
        Assert.Single(Error.TrimEnd('\n').Split('\n'));
    }

    private void Answer(string question, string json, int status = 200) =>
        Api.On(TokenRequest, """{"status":{"token":"a-token"}}""", 201).On(Proxy + question, json, status)
            .On(Proxy + "status", Links("Connected", ""));

    private static string Links(string state, string message) => $$"""
        {"cluster":"west","version":"0.1.0","engine":"Embedded","nodes":[],"silos":[],
         "links":[{"name":"target","namespace":"mesh-multicluster","targetCluster":"east","state":"{{state}}","message":"{{message}}","mirrors":1}]}
        """;
}
