using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Serialization;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Node;

/// <summary>Makes the Node object, reports it Ready and keeps saying that the node lives (a Lease, every two seconds).</summary>
/// <remarks>The file at <c>readyPath</c> appears when this agent, and not an earlier one, has reported the node Ready.</remarks>
internal sealed partial class NodeRegistration(
    KubernetesClient client, ClusterPlan cluster, NodePlan node, string readyPath, ILogger<NodeRegistration> logger, TimeProvider time)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StatusPeriod = TimeSpan.FromSeconds(10);
    private const int LeaseSeconds = 10;
    private const string Leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    private readonly DateTimeOffset _readySince = time.GetUtcNow();
    private bool _announced;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var registered = false;
        DateTimeOffset? reported = null;
        var wait = TimeSpan.FromMilliseconds(50);
        while (true)
        {
            try
            {
                if (!registered)
                {
                    await RegisterAsync(cancellationToken);
                    registered = true;
                }
                if (reported is null || time.GetUtcNow() - reported >= StatusPeriod)
                {
                    await ReportAsync(cancellationToken);
                    reported = time.GetUtcNow();
                }
                if (await RenewLeaseAsync(cancellationToken) && _announced)
                {
                    // A lease that was there and is not any more: the API server lost everything, the node too.
                    registered = false;
                    reported = null;
                    continue;
                }
                if (!_announced)
                {
                    await File.WriteAllTextAsync(readyPath, "", cancellationToken);
                    _announced = true;
                }
                wait = Heartbeat;
            }
            catch (KubernetesException exception) when (exception.IsNotFound)
            {
                // The API server has lost the node (it keeps nothing over a restart), or somebody deleted it.
                registered = false;
                reported = null;
                LogFailed(exception.Message);
                wait = TimeSpan.FromMilliseconds(200);
            }
            catch (Exception exception) when (ApiFailures.IsExpected(exception))
            {
                LogFailed(exception.Message);
                wait = wait < Heartbeat ? wait * 1.5 : Heartbeat;
            }
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    private async Task RegisterAsync(CancellationToken cancellationToken)
    {
        var labels = new Dictionary<string, string>
        {
            ["kubernetes.io/hostname"] = node.Name,
            ["kubernetes.io/os"] = "linux",
            ["kubernetes.io/arch"] = Architecture,
            ["topology.kubernetes.io/region"] = cluster.Name,
            ["topology.kubernetes.io/zone"] = $"{cluster.Name}-{(char)('a' + ((cluster.Nodes.IndexOf(node)) % 26))}",
        };
        try
        {
            await client.CreateAsync(new Kubernetes.Resources.Node
            {
                Metadata = new ObjectMeta { Name = node.Name, Labels = labels },
                Spec = new NodeSpec { PodCIDR = node.PodNetwork.ToString(), PodCIDRs = [.. node.PodNetworks.Select(network => network.ToString())] },
            }, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsConflict)
        {
            // It exists: only what this agent knows about it is written.
            await client.PatchAsync<Kubernetes.Resources.Node>(null, node.Name, KubernetesPatch.Merge(new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = new JsonObject(labels.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value))) },
            }), null, cancellationToken);
        }
        LogRegistered(node.Name);
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var memory = $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024}Ki";
        var resources = new Dictionary<string, string>
        {
            ["cpu"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
            ["memory"] = memory,
            ["pods"] = "110",
            ["ephemeral-storage"] = "10Gi",
        };
        var status = new NodeStatus
        {
            Addresses =
            [
                new NodeAddress { Type = "InternalIP", Address = node.Address.ToString() },
                .. node.Address6 is { } second ? [new NodeAddress { Type = "InternalIP", Address = second.ToString() }] : Array.Empty<NodeAddress>(),
                new NodeAddress { Type = "Hostname", Address = node.Name },
            ],
            Capacity = resources,
            Allocatable = resources,
            Conditions =
            [
                Condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                Condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                Condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                Condition("Ready", "True", "KubeletReady", "the sandbox's node agent is ready"),
            ],
            NodeInfo = new NodeInfo
            {
                KubeletVersion = "v1.35.0-sandbox",
                KubeProxyVersion = "v1.35.0-sandbox",
                ContainerRuntimeVersion = "sandbox://0.1.0",
                KernelVersion = Environment.OSVersion.Version.ToString(),
                OsImage = RuntimeInformation.OSDescription,
                OperatingSystem = "linux",
                Architecture = Architecture,
            },
        };
        var json = JsonSerializer.SerializeToNode(status, KubernetesJson.Options)!.AsObject();
        json["daemonEndpoints"] = new JsonObject { ["kubeletEndpoint"] = new JsonObject { ["Port"] = LogServer.Port } };
        await client.PatchAsync<Kubernetes.Resources.Node>(
            null, node.Name, KubernetesPatch.Merge(new JsonObject { ["status"] = json }), new PatchOptions(Subresource: "status"), cancellationToken);
    }

    private Condition Condition(string type, string status, string reason, string message) => new()
    {
        Type = type,
        Status = status,
        Reason = reason,
        Message = message,
        LastTransitionTime = _readySince,
        Unknown = new() { ["lastHeartbeatTime"] = JsonSerializer.SerializeToElement(Rfc3339(time.GetUtcNow())) },
    };

    /// <summary>Returns whether the lease had to be made.</summary>
    private async Task<bool> RenewLeaseAsync(CancellationToken cancellationToken)
    {
        var spec = new JsonObject
        {
            ["holderIdentity"] = node.Name,
            ["leaseDurationSeconds"] = LeaseSeconds,
            ["renewTime"] = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
        };
        try
        {
            var definition = new ResourceDefinition("coordination.k8s.io", "v1", "leases", "Lease", Namespaced: true);
            await client.PatchAsync(
                definition, "kube-node-lease", node.Name, KubernetesPatch.Merge(new JsonObject { ["spec"] = spec }), null, cancellationToken);
            return false;
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            await client.SendJsonAsync(HttpMethod.Post, Leases, new JsonObject
            {
                ["apiVersion"] = "coordination.k8s.io/v1",
                ["kind"] = "Lease",
                ["metadata"] = new JsonObject { ["name"] = node.Name, ["namespace"] = "kube-node-lease" },
                ["spec"] = spec.DeepClone(),
            }, cancellationToken);
            return true;
        }
    }

    private static string Architecture => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    };

    private static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    [LoggerMessage(3021, LogLevel.Information, "Node {Node} registered")]
    private partial void LogRegistered(string node);

    [LoggerMessage(3022, LogLevel.Warning, "Node status not reported, trying again: {Problem}")]
    private partial void LogFailed(string problem);
}
