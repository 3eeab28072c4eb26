using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>A pod of this silo's cluster.</summary>
/// <param name="Ips">status.podIPs (or podIP), in text form; empty until it has one.</param>
/// <param name="Node">spec.nodeName; empty until it is scheduled.</param>
/// <param name="ServiceAccount">spec.serviceAccountName; "default" when the pod names none.</param>
/// <param name="Phase">Pending, Running, Succeeded, Failed or Unknown.</param>
/// <param name="Ready">The condition Ready is True.</param>
/// <param name="Terminating">It has a deletion timestamp.</param>
/// <param name="OwnerKind">
/// The controller that owns it, in lower case, looked up through ReplicaSets: "deployment", "statefulset", "daemonset", "replicaset"
/// (of no Deployment), "job"; "pod" with its own name for a pod nobody owns.
/// </param>
public sealed record ObservedPod(
    string Namespace,
    string Name,
    string Uid,
    ImmutableSortedDictionary<string, string> Labels,
    ImmutableSortedDictionary<string, string> Annotations,
    ImmutableArray<string> Ips,
    bool HostNetwork,
    string Node,
    string ServiceAccount,
    string Phase,
    bool Ready,
    bool Terminating,
    string OwnerKind,
    string OwnerName,
    ImmutableArray<ObservedContainerPort> ContainerPorts,
    ImmutableArray<ObservedHttpProbe> HttpProbes);
