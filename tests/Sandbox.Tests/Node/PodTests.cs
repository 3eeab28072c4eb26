using System.Text.Json.Nodes;
using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Network;
using Mesh.Sandbox.Tests.Lifecycle;
using Mesh.Testing;

namespace Mesh.Sandbox.Tests.Node;

/// <summary>Pods as kubectl sees them, in a sandbox of two clusters.</summary>
public sealed class PodTests(SandboxFixture fixture) : IClassFixture<SandboxFixture>
{
    private const string Ns = SandboxFixture.Namespace;
    private readonly TestSandbox _sandbox = fixture.Sandbox;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pod_AnswersAcrossNodesAndClusters_AndCutsAreReal()
    {
        var east = await ReadyAsync("east", SandboxFixture.Bb("bb-net", "east-1"), "bb-net");
        var neighbour = await ReadyAsync("east", SandboxFixture.Pod("client-net", "east-2", "exec sleep 1000"), "client-net");
        var west = await ReadyAsync("west", SandboxFixture.Pod("client-net", "west-1", "exec sleep 1000"), "client-net");
        var url = $"http://{SandboxFixture.Address(east)}:8080";

        Assert.Contains("hello from bb-net", await CurlAsync(neighbour, url));
        Assert.Contains("hello from bb-net", await CurlAsync(west, url));

        Assert.True((await _sandbox.RunAsync("cut", "east", "west")).Succeeded);
        Assert.Contains("hello from bb-net", await CurlAsync(neighbour, url));
        Assert.Contains("timed out", await CurlAsync(west, url));
        Assert.Contains("cut: east - west", (await _sandbox.RunAsync("status")).Output);

        Assert.True((await _sandbox.RunAsync("cut", "east-1", "east-2")).Succeeded);
        Assert.Contains("timed out", await CurlAsync(neighbour, url));

        Assert.True((await _sandbox.RunAsync("heal", "west", "east")).Succeeded);
        Assert.Contains("hello from bb-net", await CurlAsync(west, url));
        Assert.Contains("timed out", await CurlAsync(neighbour, url));

        Assert.True((await _sandbox.RunAsync("heal")).Succeeded);
        Assert.Contains("hello from bb-net", await CurlAsync(neighbour, url));
    }

    [Fact]
    public async Task Services_ClusterIpAndDns_WorkFromPodsAndNodes()
    {
        var server = await ReadyAsync("east", SandboxFixture.Bb("bb-svc", "east-1"), "bb-svc");
        await _sandbox.ApplyAsync("east", $$"""
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: {{Ns}} }
            spec: {ports: [{name: http, port: 80, targetPort: 8080}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: headless, namespace: {{Ns}} }
            spec: {clusterIP: None, ports: [{name: http, port: 80, targetPort: 8080}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: empty, namespace: {{Ns}} }
            spec: {ports: [{name: http, port: 80, targetPort: 8080}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: web-1, namespace: {{Ns}}, labels: {kubernetes.io/service-name: web} }
            addressType: IPv4
            ports: [{name: http, port: 8080, protocol: TCP}]
            endpoints: [{addresses: ["{{SandboxFixture.Address(server)}}"], conditions: {ready: true} }]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: headless-1, namespace: {{Ns}}, labels: {kubernetes.io/service-name: headless} }
            addressType: IPv4
            ports: [{name: http, port: 8080, protocol: TCP}]
            endpoints: [{addresses: ["{{SandboxFixture.Address(server)}}"], hostname: bb-0, conditions: {ready: true} }]
            """);
        await _sandbox.ApplyAsync("east", SandboxFixture.Pod("client-svc", "east-2", $$"""
            try() { curl -sS -m 2 "http://$1" 2>&1 | tr -d '\n' | sed "s|^|$1: |"; echo; }
            until curl -sf -o /dev/null http://web; do sleep 0.1; done
            try web
            try web.{{Ns}}.svc.cluster.local
            try headless:8080
            try bb-0.headless:8080
            try empty
            try missing
            try example.com
            curl -sk -o /dev/null -w 'kubernetes: %{http_code}\n' https://kubernetes.default.svc/readyz
            echo done
            exec sleep 1000
            """));

        var log = await LogUntilAsync("east", "client-svc", "done");

        foreach (var name in new[] { "web", $"web.{Ns}.svc.cluster.local", "headless:8080", "bb-0.headless:8080" })
        {
            Assert.Contains($"{name}: {{\"requestUID\"", log);
        }
        Assert.Contains("empty: curl: (7)", log);
        Assert.Contains("missing: curl: (6) Could not resolve host", log);
        Assert.Contains("example.com: curl: (6) Could not resolve host", log);
        Assert.Matches("kubernetes: (200|401|403)", log);
        var address = (await _sandbox.KubectlAsync("east", $"-n {Ns} get svc web -o jsonpath={{.spec.clusterIP}}")).Trim();
        var fromNode = await TestSandbox.InNamespaceAsync($"{_sandbox.Prefix}-east-2", "curl", "-sS", "-m", "2", $"http://{address}");
        Assert.Contains("hello from bb-svc", fromNode.Output);
        var fromItself = await TestSandbox.InNamespaceAsync(_sandbox.PodNamespace(server), "curl", "-sS", "-m", "2", $"http://{address}");
        Assert.Contains("hello from bb-svc", fromItself.Output + fromItself.Error);
    }

    [Fact]
    public async Task Container_Killed_RestartsWithTheSameAddress()
    {
        var pod = await ReadyAsync("east", SandboxFixture.Bb("bb-kill", "east-1"), "bb-kill");

        Assert.True(_sandbox.MainProcess("east", pod, "main").Kill());

        var after = await _sandbox.PodUntilAsync("east", Ns, "bb-kill", p => RestartCount(p) == 1 && SandboxFixture.IsReady(p));
        Assert.Equal(SandboxFixture.Address(pod), SandboxFixture.Address(after));
        Assert.Equal(137, (int?)after["status"]!["containerStatuses"]![0]!["lastState"]!["terminated"]!["exitCode"]);
        Assert.Contains("listening", await _sandbox.KubectlAsync("east", $"-n {Ns} logs bb-kill --previous"));
    }

    [Fact]
    public async Task Probes_FlipReadinessAndRestart()
    {
        await ReadyAsync("east", SandboxFixture.Pod("probed", "east-2", "touch /data/ok; exec sleep 1000",
            """
            readinessProbe: {exec: {command: [cat, /data/ok]}, periodSeconds: 1, failureThreshold: 1}
            livenessProbe: {exec: {command: [sh, -c, "! [ -e /data/dead ]"]}, periodSeconds: 1, failureThreshold: 2}
            volumeMounts: [{name: data, mountPath: /data}]
            """,
            "volumes: [{name: data, hostPath: {path: /srv/probed}}]"), "probed");
        var data = Path.Combine(_sandbox.State, "east/east-2/srv/probed");

        File.Delete(Path.Combine(data, "ok"));
        await _sandbox.PodUntilAsync("east", Ns, "probed", p => !SandboxFixture.IsReady(p));
        await File.WriteAllTextAsync(Path.Combine(data, "ok"), "", Cancel);
        await _sandbox.PodUntilAsync("east", Ns, "probed", SandboxFixture.IsReady);
        await File.WriteAllTextAsync(Path.Combine(data, "dead"), "", Cancel);
        await _sandbox.PodUntilAsync("east", Ns, "probed", p => RestartCount(p) == 1);

        var events = await _sandbox.KubectlAsync("east", $"-n {Ns} get events");
        Assert.Contains("Readiness probe failed", events);
        Assert.Contains("failed liveness probe, will be restarted", events);
    }

    [Fact]
    public async Task Logs_FollowTailAndTimestamps()
    {
        await ReadyAsync("east", SandboxFixture.Pod("logger", "east-1", "for i in 1 2 3 4 5; do echo line $i; done; sleep 2; echo last; exec sleep 1000"), "logger");

        Assert.Equal("line 4\nline 5\n", await LogTailAsync());
        var followed = ExternalCommand.RunAsync("timeout",
            ["4", "kubectl", "--kubeconfig", Path.Combine(_sandbox.State, "kubeconfig"), "--context", "east", "-n", Ns, "logs", "-f", "logger"], null, Cancel);
        Assert.Contains("last\n", (await followed).Output);
        var stamped = await _sandbox.KubectlAsync("east", $"-n {Ns} logs logger --timestamps --tail=1");
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z last\n$", stamped);

        async Task<string> LogTailAsync()
        {
            await LogUntilAsync("east", "logger", "line 5");
            return await _sandbox.KubectlAsync("east", $"-n {Ns} logs logger --tail=2");
        }
    }

    [Fact]
    public async Task Volumes_EnvironmentAndToken_AreWhatThePodAsksFor()
    {
        await _sandbox.ApplyAsync("west", $$"""
            apiVersion: v1
            kind: Namespace
            metadata: {name: {{Ns}} }
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings, namespace: {{Ns}} }
            data: {color: red}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: hidden, namespace: {{Ns}} }
            stringData: {word: open-sesame}
            """);
        await _sandbox.ApplyAsync("west", SandboxFixture.Pod("volumes", "west-2",
            """
            echo "$NAME $NAMESPACE $NODE $IP $ACCOUNT $COLOR $PRE_word $COMBINED"
            cat /settings/color; echo
            cat /hidden/word; echo
            cat /projected/labels; echo
            cut -d. -f2 /projected/token
            cat /ready-made
            until grep -q blue /settings/color; do sleep 0.05; done
            echo "now $(cat /settings/color)"
            exec sleep 1000
            """,
            """
            env:
            - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - {name: NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
            - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
            - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            - {name: ACCOUNT, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}
            - {name: COLOR, valueFrom: {configMapKeyRef: {name: settings, key: color}}}
            - {name: COMBINED, value: "$(COLOR)/$(NODE)"}
            envFrom: [{prefix: PRE_, secretRef: {name: hidden}}]
            volumeMounts:
            - {name: settings, mountPath: /settings}
            - {name: hidden, mountPath: /hidden}
            - {name: projected, mountPath: /projected}
            - {name: shared, mountPath: /ready-made, subPath: from-init}
            """,
            """
            initContainers:
            - name: first
              image: host/sh
              command: [sh, -c, "echo made by init >/shared/from-init"]
              volumeMounts: [{name: shared, mountPath: /shared}]
            volumes:
            - {name: settings, configMap: {name: settings}}
            - {name: hidden, secret: {secretName: hidden}}
            - {name: shared, emptyDir: {}}
            - name: projected
              projected:
                sources:
                - serviceAccountToken: {path: token, audience: mesh-node-api, expirationSeconds: 3600}
                - downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
            """));

        var log = await LogUntilAsync("west", "volumes", "made by init");
        var pod = await _sandbox.PodAsync("west", Ns, "volumes");
        Assert.Contains($"volumes {Ns} west-2 {SandboxFixture.Address(pod)} default red open-sesame red/west-2\nred\nopen-sesame\n", log);
        Assert.Contains("app=\"volumes\"", log);
        var claims = log.Split('\n').First(l => l.StartsWith("eyJ", StringComparison.Ordinal));
        var token = JsonNode.Parse(Convert.FromBase64String(claims.Replace('-', '+').Replace('_', '/').PadRight((claims.Length + 3) / 4 * 4, '=')))!;
        Assert.Equal($"system:serviceaccount:{Ns}:default", (string?)token["sub"]);
        Assert.Equal("mesh-node-api", (string?)token["aud"]![0]);

        await _sandbox.KubectlAsync("west", $"-n {Ns} patch configmap settings --type=merge -p {{\"data\":{{\"color\":\"blue\"}}}}");
        await LogUntilAsync("west", "volumes", "now blue");
    }

    [Fact]
    public async Task Agent_Killed_PodsGoOnAndAreTakenOver()
    {
        var pod = await ReadyAsync("west", SandboxFixture.Bb("bb-agent", "west-1"), "bb-agent");
        var process = _sandbox.MainProcess("west", pod, "main");
        var node = _sandbox.Plan.Cluster("west").Nodes[0];

        DetachedProcess.Running(SandboxPaths.AgentPid(node))!.Value.Kill();
        Assert.True(process.IsAlive());
        var answer = await TestSandbox.InNamespaceAsync($"{_sandbox.Prefix}-west-2", "curl", "-sS", "-m", "2", $"http://{SandboxFixture.Address(pod)}:8080");
        Assert.Contains("hello from bb-agent", answer.Output);
        var up = await _sandbox.RunAsync("up", "--clusters", "east,west", "--nodes", "2", "--no-merge-kubeconfig");
        Assert.True(up.Succeeded, up.Error);
        Assert.Contains("starting the west-1 agent", up.Output);
        Assert.True(process.IsAlive());

        // The new agent sees its end as if it had started it.
        process.Kill();
        var after = await _sandbox.PodUntilAsync("west", Ns, "bb-agent", p => RestartCount(p) == 1 && SandboxFixture.IsReady(p));
        Assert.Equal(SandboxFixture.Address(pod), SandboxFixture.Address(after));
    }

    [Fact]
    public async Task Delete_GracefulAndForced_RemovesEverythingOfThePod()
    {
        var graceful = await ReadyAsync("east", SandboxFixture.Pod("polite", "east-1",
            "trap 'echo bye >/data/said; exit 0' TERM; touch /data/up; while :; do sleep 0.05; done",
            "volumeMounts: [{name: data, mountPath: /data}]\nreadinessProbe: {exec: {command: [cat, /data/up]}, periodSeconds: 1}",
            "volumes: [{name: data, hostPath: {path: /srv/polite}}]"), "polite");
        var network = _sandbox.PodNamespace(graceful);
        Assert.True(NetworkNamespaces.Exists(network));

        await _sandbox.KubectlAsync("east", $"-n {Ns} delete pod polite --grace-period=20");

        Assert.True(File.Exists(Path.Combine(_sandbox.State, "east/east-1/srv/polite/said")));
        Assert.False(NetworkNamespaces.Exists(network));

        var stubborn = await ReadyAsync("east", SandboxFixture.Pod("stubborn", "east-1", "trap '' TERM; while :; do sleep 0.05; done"), "stubborn");
        var process = _sandbox.MainProcess("east", stubborn, "main");
        await _sandbox.KubectlAsync("east", $"-n {Ns} delete pod stubborn --grace-period=1");
        Assert.False(process.IsAlive());
        Assert.False((await _sandbox.TryKubectlAsync("east", $"-n {Ns} get pod stubborn")).Succeeded);
    }

    [Fact]
    public async Task Image_Unknown_SaysWhichThereAre()
    {
        await _sandbox.ApplyAsync("east", SandboxFixture.Pod("unknown", "east-1", "true").Replace("host/sh", "nginx:1.27", StringComparison.Ordinal));

        var pod = await _sandbox.PodUntilAsync("east", Ns, "unknown", p => Waiting(p)?["reason"]?.ToString() is "ErrImagePull" or "ImagePullBackOff");

        Assert.Contains("host/<program>", (string?)Waiting(pod)!["message"]);

        static JsonNode? Waiting(JsonNode pod) => pod["status"]?["containerStatuses"]?[0]?["state"]?["waiting"];
    }

    [Fact]
    public async Task Cni_PluginRefuses_PodWaitsAndStartsWhenItNoLongerDoes()
    {
        var node = _sandbox.Plan.Cluster("west").Nodes[1];
        var file = Path.Combine(node.Directory, "etc/cni/net.d/05-first.conflist");
        var original = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(node.Directory, "etc/cni/net.d/10-sandbox.conflist"), Cancel))!;
        original["plugins"]!.AsArray().Add(new JsonObject { ["type"] = "picky", ["socket"] = "/run/mesh/cni.sock" });
        var plugin = Path.Combine(node.Directory, "opt/cni/bin/picky");
        await File.WriteAllTextAsync(plugin,
            "#!/bin/sh\ncat >/run/mesh/input-$CNI_COMMAND\nenv | grep ^CNI_ >/run/mesh/env-$CNI_COMMAND\n" +
            "[ -e /run/mesh/allow ] || { echo '{\"code\": 11, \"msg\": \"not today\"}'; exit 1; }\n" +
            "sed 's/.*\"prevResult\":\\(.*\\)}$/\\1/' /run/mesh/input-$CNI_COMMAND\n", Cancel);
        File.SetUnixFileMode(plugin, (UnixFileMode)0b111_101_101);
        await File.WriteAllTextAsync(file, original.ToJsonString(), Cancel);
        try
        {
            await _sandbox.ApplyAsync("west", SandboxFixture.Pod("chained", "west-2", "exec sleep 1000"));
            await Eventually.Holds(
                async () => (await _sandbox.KubectlAsync("west", $"-n {Ns} get events")).Contains("not today", StringComparison.Ordinal),
                TimeSpan.FromSeconds(15), () => "no FailedCreatePodSandBox event", Cancel);
            await File.WriteAllTextAsync(Path.Combine(node.Directory, "run/mesh/allow"), "", Cancel);

            var pod = await _sandbox.PodUntilAsync("west", Ns, "chained", SandboxFixture.IsReady);

            var environment = await File.ReadAllTextAsync(Path.Combine(node.Directory, "run/mesh/env-ADD"), Cancel);
            Assert.Contains($"CNI_NETNS=/run/netns/{_sandbox.PodNamespace(pod)}", environment);
            Assert.Contains($"K8S_POD_NAMESPACE={Ns};K8S_POD_NAME=chained;", environment);
            Assert.Contains($"K8S_POD_UID={(string?)pod["metadata"]!["uid"]}", environment);
            Assert.Contains(SandboxFixture.Address(pod), await File.ReadAllTextAsync(Path.Combine(node.Directory, "run/mesh/input-ADD"), Cancel));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task SecurityContext_OtherUserAndReadOnlyRoot_AreKept()
    {
        var pod = await ReadyAsync("east", SandboxFixture.Bb("bb-user", "east-2") +
            "\n    securityContext: {runAsUser: 65532, runAsGroup: 65533, readOnlyRootFilesystem: true}\n", "bb-user");

        var status = await File.ReadAllLinesAsync($"/proc/{_sandbox.MainProcess("east", pod, "main").Pid}/status", Cancel);
        Assert.Contains(status, l => l.StartsWith("Uid:\t65532", StringComparison.Ordinal));
        Assert.Contains(status, l => l.StartsWith("Gid:\t65533", StringComparison.Ordinal));
        Assert.Contains(status, l => l is "CapEff:\t0000000000000000");
    }

    [Fact]
    public async Task HostNetworkPod_SeesTheNodeAndNewNamespaces()
    {
        await ReadyAsync("east", SandboxFixture.Pod("on-node", "east-2",
            "hostname; cat /etc/resolv.conf; ip -4 addr show eth0 | grep -o 10.99.1.12; until ls /run/netns | grep -q pod-; do sleep 0.1; done; echo seen; exec sleep 1000",
            "volumeMounts: [{name: netns, mountPath: /run/netns, mountPropagation: HostToContainer}]",
            "hostNetwork: true\ndnsPolicy: ClusterFirstWithHostNet\nvolumes: [{name: netns, hostPath: {path: /run/netns}}]"), "on-node");
        var late = await ReadyAsync("east", SandboxFixture.Pod("late", "east-2", "exec sleep 1000"), "late");

        var log = await LogUntilAsync("east", "on-node", "seen");

        Assert.StartsWith("east-2\nnameserver 10.110.0.10\n", log);
        Assert.Contains("10.99.1.12", log);
        // The namespace made after the container began is a namespace inside it too, not just a file.
        var main = _sandbox.MainProcess("east", await _sandbox.PodAsync("east", Ns, "on-node"), "main");
        var result = await ExternalCommand.RunAsync("nsenter",
            [$"--target={main.Pid}", "--mount", "--pid", "nsenter", $"--net=/run/netns/{_sandbox.PodNamespace(late)}", "ip", "-4", "addr", "show", "eth0"], null, Cancel);
        Assert.Contains(SandboxFixture.Address(late), result.Output);
    }

    private static int RestartCount(JsonNode pod) => (int?)pod["status"]?["containerStatuses"]?[0]?["restartCount"] ?? 0;

    private async Task<JsonNode> ReadyAsync(string cluster, string manifest, string name)
    {
        await _sandbox.ApplyAsync(cluster, manifest);
        return await _sandbox.PodUntilAsync(cluster, Ns, name, SandboxFixture.IsReady);
    }

    private async Task<string> CurlAsync(JsonNode pod, string url)
    {
        var result = await TestSandbox.InNamespaceAsync(_sandbox.PodNamespace(pod), "curl", "-sS", "-m", "1", url);
        return result.Output + result.Error;
    }

    private async Task<string> LogUntilAsync(string cluster, string pod, string text)
    {
        var log = "";
        await Eventually.Holds(async () =>
        {
            var result = await _sandbox.TryKubectlAsync(cluster, $"-n {Ns} logs {pod}");
            log = result.Output + result.Error;
            return log.Contains(text, StringComparison.Ordinal);
        }, TimeSpan.FromSeconds(20), () => log, Cancel);
        return log;
    }
}
