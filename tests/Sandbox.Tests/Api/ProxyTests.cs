using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Tests.Api;

public sealed class ProxyTests : IAsyncLifetime
{
    private const string Default = "/api/v1/namespaces/default";
    private readonly TcpListener _backend = new(IPAddress.Loopback, 0);
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _backend.Start();
        _cluster = await TestCluster.StartAsync();
        await _cluster.CreateAsync($"{Default}/services", """{"metadata":{"name":"s"},"spec":{"ports":[{"name":"http","port":80}]}}""");
    }

    public async ValueTask DisposeAsync()
    {
        _backend.Dispose();
        await _cluster.DisposeAsync();
    }

    [Theory]
    [InlineData("s")]
    [InlineData("s:80")]
    [InlineData("s:http")]
    [InlineData("http:s:http")]
    public async Task ServiceProxy_ToAReadyEndpoint_PassesTheRequestWithoutCredentials(string name)
    {
        await AddEndpointAsync();
        var served = ServeOnceAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Default}/services/{name}/proxy/a%20b/c?x=1");
        request.Headers.TryAddWithoutValidation("Mesh-Authorization", "Bearer inner");
        request.Headers.TryAddWithoutValidation("Cookie", "secret=1");
        using var response = await _cluster.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var head = await served;

        Assert.Equal(418, (int)response.StatusCode);
        Assert.Equal("hello", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("GET /a%20b/c?x=1 HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Mesh-Authorization: Bearer inner", head);
        Assert.DoesNotContain("secret", head);
    }

    [Fact]
    public async Task ServiceProxy_WithoutEndpoints_SaysSo()
    {
        var (code, status) = await _cluster.SendAsync(HttpMethod.Get, $"{Default}/services/s/proxy/");

        Assert.Equal((503, "no endpoints available for service \"s\""), (code, status.Text("message")));
    }

    [Fact]
    public async Task ServiceProxy_ToADeadEndpoint_SaysWhatHappened()
    {
        await AddEndpointAsync();
        _backend.Stop();
        var (code, status) = await _cluster.SendAsync(HttpMethod.Get, $"{Default}/services/s/proxy/");

        Assert.Equal(503, code);
        Assert.StartsWith("error trying to reach service: dial tcp 127.0.0.1:", status.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_WithSeveralContainers_AsksWhich()
    {
        await _cluster.AddNodeAsync("n1");
        await _cluster.CreateAsync($"{Default}/pods",
            """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"a","image":"i"},{"name":"b","image":"i"}]}}""");
        var (code, status) = await _cluster.SendAsync(HttpMethod.Get, $"{Default}/pods/p/log");

        Assert.Equal((400, "a container name must be specified for pod p, choose one of: [a b]"), (code, status.Text("message")));
    }

    private Task<JsonObject> AddEndpointAsync() => _cluster.CreateAsync("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", $$"""
        {"metadata":{"name":"s-1","labels":{"kubernetes.io/service-name":"s"} },"addressType":"IPv4",
         "ports":[{"name":"http","port":{{((IPEndPoint)_backend.LocalEndpoint).Port}} }],
         "endpoints":[{"addresses":["127.0.0.1"],"conditions":{"ready":true} },{"addresses":["127.9.9.9"],"conditions":{"ready":false} }]}
        """);

    private async Task<string> ServeOnceAsync()
    {
        using var connection = await _backend.AcceptSocketAsync(TestContext.Current.CancellationToken);
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await connection.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            head.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        await connection.SendAsync("HTTP/1.1 418 Teapot\r\nContent-Length: 5\r\n\r\nhello"u8.ToArray(), TestContext.Current.CancellationToken);
        return head.ToString();
    }
}
