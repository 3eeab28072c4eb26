namespace Mesh.Guide.Tests.Fixture;

/// <summary>Manifests of services for tests: servers that answer with their own name.</summary>
internal static class EchoService
{
    /// <summary>A meshed Deployment that answers <paramref name="name"/> on port 8080, selected by the label <c>app</c>.</summary>
    public static string Deployment(string name, int replicas = 1) =>
        $$"""
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: {{name}}, namespace: mc-demo }
        spec:
          replicas: {{replicas}}
          selector: { matchLabels: { app: {{name}} } }
          template:
            metadata:
              labels: { app: {{name}} }
              annotations: { linkerd.io/inject: enabled }
            spec:
              containers:
              - name: server
                image: buoyantio/bb:v0.0.6
                args: [terminus, "--h1-server-port=8080", "--response-text={{name}}"]
                ports: [{ containerPort: 8080 }]
                readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }

        """;

    /// <summary>An exported Service for <see cref="Deployment"/>.</summary>
    public static string Service(string name, bool exported = true) =>
        $$"""
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: {{name}}
          namespace: mc-demo
          labels: { {{(exported ? "mirror.linkerd.io/exported: remote-discovery" : "test: none")}} }
        spec:
          ports: [{ name: http, port: 8080 }]
          selector: { app: {{name}} }

        """;

    /// <summary>An exported Service without a selector: its endpoints are whatever <see cref="Slice"/> says.</summary>
    public static string ServiceWithoutSelector(string name) =>
        $$"""
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: {{name}}
          namespace: mc-demo
          labels: { mirror.linkerd.io/exported: remote-discovery }
        spec:
          ports: [{ name: http, port: 8080 }]

        """;

    /// <summary>The one endpoint of <see cref="ServiceWithoutSelector"/>.</summary>
    public static string Slice(string service, string podName, string podIp) =>
        $$"""
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: {{service}}-by-hand
          namespace: mc-demo
          labels: { kubernetes.io/service-name: {{service}}, endpointslice.kubernetes.io/managed-by: the-test }
        addressType: IPv4
        ports: [{ name: http, port: 8080, protocol: TCP }]
        endpoints:
        - addresses: [{{podIp}}]
          conditions: { ready: true }
          targetRef: { kind: Pod, name: {{podName}}, namespace: mc-demo }

        """;
}
