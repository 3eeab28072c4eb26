namespace Mesh.Faults.Clusters;

/// <summary>What runs in the clusters beside the mesh.</summary>
internal static class Manifests
{
    public const string Namespace = "mc-demo";

    public const int Port = 8080;

    /// <summary>In each cluster: the service everybody calls, exported, and the pod that calls.</summary>
    public static string Workloads =>
        $$"""
        apiVersion: v1
        kind: Namespace
        metadata: { name: {{Namespace}} }

        """
        + Server(FaultClusters.Service, replicas: 2) + Server("client", replicas: 1) + Exported(FaultClusters.Service, FaultClusters.Service);

    /// <summary>A meshed server of that name, selected by the label <c>app</c>.</summary>
    public static string Server(string name, int replicas) =>
        $$"""
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: {{name}}, namespace: {{Namespace}} }
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
                args: [terminus, "--h1-server-port={{Port}}", "--response-text={{name}}"]
                ports: [{ containerPort: {{Port}} }]
                readinessProbe: { tcpSocket: { port: {{Port}} }, periodSeconds: 1 }

        """;

    /// <summary>A service in front of the pods labelled <c>app: </c><paramref name="app"/>, exported.</summary>
    public static string Exported(string name, string app) =>
        $$"""
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: {{name}}
          namespace: {{Namespace}}
          labels: { mirror.linkerd.io/exported: remote-discovery }
        spec:
          ports: [{ name: http, port: {{Port}} }]
          selector: { app: {{app}} }

        """;
}
