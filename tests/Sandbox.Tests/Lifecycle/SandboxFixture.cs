using System.Text.Json.Nodes;

namespace Mesh.Sandbox.Tests.Lifecycle;

/// <summary>One sandbox with two clusters for all tests of running pods; each test uses names of its own.</summary>
public sealed class SandboxFixture : IAsyncLifetime
{
    public const string Namespace = "tests";

    internal TestSandbox Sandbox { get; } = new();

    public async ValueTask InitializeAsync()
    {
        try
        {
            await Sandbox.UpAsync("east,west", 2);
        }
        catch (Exception)
        {
            await Sandbox.DownAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DownAsync();
        Assert.Empty(Sandbox.Traces());
    }

    /// <summary>A pod with one container "main" that runs a shell script, and the namespace it lives in.</summary>
    internal static string Pod(string name, string node, string script, string more = "", string podMore = "") => $$"""
        apiVersion: v1
        kind: Namespace
        metadata: {name: {{Namespace}} }
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: {{name}}, namespace: {{Namespace}}, labels: {app: "{{name}}" } }
        spec:
          nodeName: {{node}}
          terminationGracePeriodSeconds: 1
        {{Indent(podMore, 2)}}
          containers:
          - name: main
            image: host/sh
            command: [sh, -c]
            args:
            - |
        {{Indent(script, 6)}}
        {{Indent(more, 4)}}
        """;

    /// <summary>A pod that is the guide's server.</summary>
    internal static string Bb(string name, string node) => $$"""
        apiVersion: v1
        kind: Namespace
        metadata: {name: {{Namespace}} }
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: {{name}}, namespace: {{Namespace}}, labels: {app: "{{name}}" } }
        spec:
          nodeName: {{node}}
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: buoyantio/bb:v0.0.6
            args: [terminus, "--h1-server-port=8080", "--response-text=hello from {{name}}"]
            readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1, failureThreshold: 1}
        """;

    internal static bool IsReady(JsonNode pod) =>
        (pod["status"]?["conditions"]?.AsArray() ?? []).Any(c => (string?)c!["type"] == "Ready" && (string?)c["status"] == "True");

    internal static string Address(JsonNode pod) => (string)pod["status"]!["podIP"]!;

    private static string Indent(string text, int spaces) =>
        string.Join('\n', text.Split('\n').Select(l => new string(' ', spaces) + l));
}
