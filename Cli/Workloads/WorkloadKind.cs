namespace Mesh.Cli.Workloads;

/// <summary>A kind of object that pods come from, and what people call it.</summary>
/// <param name="Name">Lower case, singular.</param>
/// <param name="Kind">As in manifests.</param>
/// <param name="ShortName">kubectl's short name, which several kinds in one table are told apart by.</param>
/// <param name="TemplatePath">Where the metadata of its pods (or of itself) stands in a manifest.</param>
/// <param name="HasTraffic">Whether traffic statistics are kept for it.</param>
internal sealed record WorkloadKind(string Name, string Kind, string ShortName, IReadOnlyList<string> TemplatePath, bool HasTraffic)
{
    public static IReadOnlyList<WorkloadKind> All { get; } =
    [
        new("deployment", "Deployment", "deploy", ["spec", "template"], HasTraffic: true),
        new("statefulset", "StatefulSet", "sts", ["spec", "template"], HasTraffic: true),
        new("daemonset", "DaemonSet", "ds", ["spec", "template"], HasTraffic: true),
        new("pod", "Pod", "po", [], HasTraffic: true),
        new("namespace", "Namespace", "ns", [], HasTraffic: true),
        new("replicaset", "ReplicaSet", "rs", ["spec", "template"], HasTraffic: false),
        new("replicationcontroller", "ReplicationController", "rc", ["spec", "template"], HasTraffic: false),
        new("job", "Job", "job", ["spec", "template"], HasTraffic: false),
        new("cronjob", "CronJob", "cj", ["spec", "jobTemplate", "spec", "template"], HasTraffic: false),
    ];

    /// <summary>By a manifest's kind; null when pods do not come from it.</summary>
    public static WorkloadKind? OfManifest(string kind) => All.FirstOrDefault(k => k.Kind == kind);

    /// <summary>By what a person types: singular, plural or short, in any case.</summary>
    public static WorkloadKind? OfName(string text)
    {
        var name = text.ToLowerInvariant();
        return All.FirstOrDefault(k => name == k.Name || name == k.Name + "s" || name == k.ShortName);
    }
}
