using System.Text.RegularExpressions;
using Mesh.Guide.Tests.Fixture;
using Mesh.Testing;

namespace Mesh.Guide.Tests;

/// <summary>
/// Programs that people really use, in pods of west, against servers that people really use, in pods of east, through mirror services.
/// The servers' manifests are in the folder Protocols; they are ready when the program itself says so, since a connection to the pod is
/// accepted by the proxy whether the program listens yet or not. Needs the programs that build.sh installs for it.
/// </summary>
[Collection(GuideCollection.Name)]
public sealed partial class ProtocolTests(GuideFixture guide)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Curl_BothVersionsOfHttp_GetsWholeAnswers()
    {
        await ServeAsync("nginx");

        var output = await RunAsync("curl", Bash(
            """
            curl -sS --fail http://nginx-target:8080/hello
            curl -sS --fail --http2-prior-knowledge -w '%{http_version}\n' http://nginx-target:8081/hello
            curl -sS --fail -w '%{size_download} over %{http_version}\n' -o /dev/null http://nginx-target:8080/1m
            curl -sS --fail --http2-prior-knowledge -w '%{size_download} over %{http_version}\n' -o /dev/null http://nginx-target:8081/1m
            curl -sS -o /dev/null -w '%{http_code}\n' http://nginx-target:8080/nothing
            """));

        Assert.Equal("hello\nhello\n2\n1048576 over 1.1\n1048576 over 2\n404\n", output);
    }

    [Fact]
    public async Task Curl_OverIPv6_GetsWholeAnswersAndIsKnownByItsIdentity()
    {
        await ServeAsync("nginx6");

        var output = await RunAsync("curl6", Bash(
            """
            curl -6 -sS --fail http://nginx6-target:8080/hello
            curl -6 -sS --fail --http2-prior-knowledge -w '%{http_version}\n' http://nginx6-target:8081/hello
            curl -6 -sS --fail -w '%{size_download}\n' -o /dev/null http://nginx6-target:8080/1m
            curl -4 -sS --fail http://nginx6-target:8080/hello
            curl -6 -sS http://nginx6-target:8080/address
            """), "caller");
        var address = (await guide.RunAsync(
            "kubectl --context west -n protocols get svc nginx6-target -o jsonpath='{.spec.clusterIPs[*]}'")).Trim();

        Assert.Matches("^hello\nhello\n2\n1048576\nhello\n[0-9a-f:]+ caller\\.protocols\\.serviceaccount\\.identity\\.linkerd\\.cluster\\.local\n$", output);
        Assert.Contains(address.Split(' '), ip => ip.Contains(':', StringComparison.Ordinal));
        Assert.Contains(address.Split(' '), ip => ip.Contains('.', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nghttp_TwentyRequestsAtOnce_AllAreAnswered()
    {
        await ServeAsync("nginx");

        var output = await RunAsync("nghttp", Bash("nghttp -v --no-dep -m 20 http://nginx-target:8081/1m | grep -a -e ':status' -e GOAWAY -e RST || true"));

        Assert.Equal(20, Status200().Count(output));
        Assert.DoesNotContain("RST_STREAM", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task H2load_ThousandsOfStreams_AllSucceed()
    {
        await ServeAsync("nginx");

        var output = await RunAsync("h2load", Bash("h2load -n 4000 -c 4 -m 32 http://nginx-target:8081/hello; h2load -n 40 -c 2 -m 10 http://nginx-target:8081/1m"));

        Assert.Contains("4000 total, 4000 started, 4000 done, 4000 succeeded, 0 failed, 0 errored, 0 timeout", output, StringComparison.Ordinal);
        Assert.Contains("40 total, 40 started, 40 done, 40 succeeded, 0 failed, 0 errored, 0 timeout", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8080, "--http1.1")]
    [InlineData(8081, "--http2-prior-knowledge")]
    public async Task DeletePod_WithAResponseUnderWay_ArrivesWhole(int port, string version)
    {
        await ServeAsync("slow");

        var download = RunAsync($"slow-{port}", Bash(
            $$"""
            curl -sS -N --fail {{version}} -o /tmp/2m http://slow-target:{{port}}/2m &
            until [ -s /tmp/2m ]; do sleep 0.1; done
            echo begun
            wait $!
            wc -c </tmp/2m
            """));
        await PrintsAsync($"slow-{port}", "begun");
        await guide.RunAsync("kubectl --context east -n protocols delete pod -l app=slow");

        Assert.Equal("begun\n2097152\n", await download);
    }

    [Fact]
    public async Task Wrk_SomeSeconds_NothingFailsAndVizSaysSo()
    {
        await ServeAsync("nginx");

        var output = await RunAsync("wrk", Bash("wrk -t 1 -c 16 -d 3s --timeout 20s http://nginx-target:8080/hello"));

        Assert.Contains("Requests/sec", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Socket errors", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Non-2xx", output, StringComparison.Ordinal);
        await guide.UntilAsync(
            "mesh --context east viz stat -n protocols deploy/nginx", text => Regex.IsMatch(text, @"nginx +2/2 +\d+\.\d\d% +\d+\.\d+rps"));
    }

    [Fact]
    public async Task Redis_ThroughAnOpaquePort_Works()
    {
        await ServeAsync("redis");

        var output = await RunAsync("redis-cli", Bash(
            """
            redis-cli -h redis-target set greeting hello
            redis-cli -h redis-target get greeting
            redis-cli -h redis-target -r 1000 incr counter | tail -n 1
            head -c 300000 /dev/zero | tr '\0' x | redis-cli -h redis-target -x set large
            redis-cli -h redis-target strlen large
            (timeout 20 redis-cli -h redis-target subscribe news || true) >/tmp/news 2>/dev/null &
            until redis-cli -h redis-target publish news extra | grep -q 1; do sleep 0.2; done
            until grep -q extra /tmp/news; do sleep 0.2; done
            tail -n 1 /tmp/news
            redis-cli -h redis-target client kill type pubsub >/dev/null
            wait
            """));

        Assert.Equal("OK\nhello\n1000\nOK\n300000\nextra\n", output);
    }

    [Fact]
    public async Task Postgres_ThroughAnOpaquePort_Answers()
    {
        await ServeAsync("postgres");

        var output = await RunAsync("psql", Bash(
            """
            export PGPASSWORD=secret
            psql -h postgres-target -U demo -d postgres -v ON_ERROR_STOP=1 -qAt \
                -c 'create table numbers (n int)' \
                -c 'insert into numbers select generate_series(1, 100000)' \
                -c 'select sum(n) from numbers' \
                -c "select length(string_agg(n::text, ',')) from numbers"
            psql -h postgres-target -U demo -d postgres -qAt -c 'select * from numbers order by n' | md5sum | cut -d ' ' -f 1
            seq 1 100000 | md5sum | cut -d ' ' -f 1
            """));

        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["5000050000", "588894"], lines[..2]);
        Assert.Equal(lines[3], lines[2]);
    }

    [Theory]
    [InlineData(25)]
    [InlineData(2525)]
    public async Task ServerThatSpeaksFirst_OpaqueOrUndeclared_GreetsAndConverses(int port)
    {
        await ServeAsync("greeter");

        var output = await RunAsync($"greeted-{port}", Bash(
            $"""
            exec 3<>/dev/tcp/greeter-target/{port}
            IFS= read -r -t 60 line <&3; echo "$line"
            printf 'EHLO me\r\n' >&3
            IFS= read -r -t 60 line <&3; echo "$line"
            printf 'QUIT\r\n' >&3
            cat <&3
            """));

        Assert.Equal("220 greeter ready\n250 EHLO me\n221 goodbye\n", output.Replace("\r", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Grpc_EveryKindOfCall_IsAsItShouldBe()
    {
        await ServeAsync("grpc", "grpc-echo");

        var output = await RunAsync(
            "grpc-exercise", "{ name: client, image: mesh-orleans/grpc-echo, args: [exercise, 'http://grpc-echo-target:9090'] }", "caller");

        Assert.Equal(
            "unary, large messages, server streaming, client streaming, bidirectional, at once, status, deadline",
            string.Join(", ", output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line.EndsWith(": as it should be", StringComparison.Ordinal)).Select(line => line.Split(':')[0])));
    }

    [Fact]
    public async Task Grpc_StatusOtherThanOk_ShowsInTheSuccessRate()
    {
        // Another deployment than the one that other tests call.
        await ServeAsync("grpc", "grpc-stat", text => GrpcEchoNames().Replace(text, "$1: grpc-stat"));

        var output = await RunAsync(
            "grpc-say", "{ name: client, image: mesh-orleans/grpc-echo, args: [say, --count=40, --fail-every=4, 'http://grpc-stat-target:9090'] }",
            "caller");

        Assert.Equal("10 x 13 Internal: as asked for\n30 x hello\n", output);
        await guide.UntilAsync(
            "mesh --context east viz stat -n protocols deploy/grpc-stat", text => text.Contains("75.00%", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Grpc_CallThatNoPolicyAllows_GetsPermissionDenied()
    {
        await ServeAsync("grpc", "grpc-echo");

        var output = await RunAsync(
            "grpc-denied", "{ name: client, image: mesh-orleans/grpc-echo, args: [say, --count=3, 'http://grpc-echo-target:9090'] }");

        Assert.StartsWith("3 x 7 PermissionDenied", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WebSocket_MessagesOfAllLengths_ComeBack()
    {
        await ServeAsync("websocket", "websocket-echo");

        var output = await RunAsync(
            "websocket", "{ name: client, image: mesh-orleans/websocket-echo, args: [exercise, 'ws://websocket-echo-target:8080/'] }");

        Assert.Equal("8 messages came back, closed with NormalClosure: goodbye\n", output);
    }

    [GeneratedRegex(":status: 200")]
    private static partial Regex Status200();

    [GeneratedRegex("(name|app|deploy): grpc-echo")]
    private static partial Regex GrpcEchoNames();

    private static string Bash(string script) =>
        $"{{ name: client, image: host/bash, command: [bash, -ec, {System.Text.Json.JsonSerializer.Serialize(script)}] }}";

    /// <summary>Waits until <paramref name="pod"/> of west has printed a line that begins with <paramref name="text"/>.</summary>
    private Task<string> PrintsAsync(string pod, string text) => guide.UntilAsync(
        $"kubectl --context west -n protocols logs {pod}",
        log => log.Split('\n').Any(line => line.StartsWith(text, StringComparison.Ordinal)));

    /// <summary>Brings a server up in east, unless it is, and waits until west has its mirror.</summary>
    private async Task ServeAsync(string manifest, string? name = null, Func<string, string>? change = null)
    {
        name ??= manifest;
        foreach (var context in new[] { "east", "west" })
        {
            await guide.RunAsync($"kubectl --context {context} apply -f -",
                """
                apiVersion: v1
                kind: Namespace
                metadata: { name: protocols }
                ---
                apiVersion: v1
                kind: ServiceAccount
                metadata: { name: caller, namespace: protocols }
                """);
        }
        var text = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "tests/Guide.Tests/Protocols", $"{manifest}.yaml"), TestContext.Current.CancellationToken);
        await guide.RunAsync("kubectl --context east apply -f -", change?.Invoke(text) ?? text);
        await guide.RunAsync($"kubectl --context east -n protocols rollout status deploy/{name} --timeout=120s");
        await guide.UntilAsync(
            $"kubectl --context west -n protocols get svc {name}-target -o jsonpath='{{.spec.clusterIP}}'", ip => ip.Length > 0);
    }

    /// <summary>Runs a program in a meshed pod of west until it ends; it must end well.</summary>
    /// <param name="name">The pod's.</param>
    /// <param name="container">Its container, as YAML on one line.</param>
    /// <param name="account">Its service account.</param>
    /// <returns>What it printed.</returns>
    private async Task<string> RunAsync(string name, string container, string account = "default")
    {
        await guide.RunAsync($"kubectl --context west -n protocols delete pod {name} --ignore-not-found");
        await guide.RunAsync("kubectl --context west apply -f -",
            $$"""
            apiVersion: v1
            kind: Pod
            metadata:
              name: {{name}}
              namespace: protocols
              annotations: { linkerd.io/inject: enabled }
            spec:
              serviceAccountName: {{account}}
              restartPolicy: Never
              containers:
              - {{container}}
            """);
        var phase = await guide.UntilAsync(
            $"kubectl --context west -n protocols get pod {name} -o jsonpath='{{.status.phase}}'",
            text => text.Trim() is "Succeeded" or "Failed", Patience);
        var log = await guide.RunAsync($"kubectl --context west -n protocols logs {name}");
        Assert.True(phase.Trim() == "Succeeded", $"{name} failed:\n{log}");
        await guide.RunAsync($"kubectl --context west -n protocols delete pod {name}");
        return log;
    }
}
