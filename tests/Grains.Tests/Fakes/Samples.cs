using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.Links;

namespace Mesh.Grains.Tests.Fakes;

/// <summary>The objects of the guide, and variations of them.</summary>
internal static class Samples
{
    public const string Exported = "mirror.linkerd.io/exported";

    public static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static ImmutableSortedDictionary<string, string> Map(params (string Key, string Value)[] pairs) =>
        pairs.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);

    public static LabelSelectorSpec Selector(params (string Key, string Value)[] labels) => new(Map(labels), []);

    public static LabelSelectorSpec Selector(string key, string op, params ImmutableArray<string> values) =>
        new(Map(), [new LabelExpression(key, op, values)]);

    public static ExportSelectors ExportSelectors { get; } = new(Selector((Exported, "remote-discovery")));

    public static ObservedNamespace Namespace(string name = "mc-demo", params (string, string)[] annotations) =>
        new(name, $"ns-{name}", Map(), Map(annotations), false);

    public static ObservedService Service(string name = "bb", params (string, string)[] labels) => new(
        "mc-demo", name, $"svc-{name}", "7", Map(labels), Map(), "ClusterIP", ["10.110.0.7"], false, [new ServicePortSpec("http", 8080, "TCP", "8080")]);

    public static ObservedLink Link(string name = "target", string target = "target", string cluster = "east") => new(
        "mesh-multicluster", name, $"link-{name}", "3", 1, Epoch, target, cluster, "cluster.local", null,
        Selector((Exported, "remote-discovery")), null, [], [], []);

    public static ExportedService ExportedService(string name = "bb", string ns = "mc-demo", params (string, string)[] labels) => new(
        new ServiceKey(ClusterName.Parse("east"), ns, name), "7", Map([.. labels, (Exported, "remote-discovery")]), Map(),
        [new ServicePortSpec("http", 8080, "TCP", "8080")], false, "cluster.local");

    public static ObservedPod Pod(string name = "bb-1", string ip = "10.10.1.5", params (string, string)[] annotations) => new(
        "mc-demo", name, $"uid-{name}", Map(("app", "bb")), Map([("linkerd.io/inject", "enabled"), .. annotations]), [ip], false, "east-1", "default",
        "Running", true, false, "deployment", "bb", [new ObservedContainerPort("terminus", "http", 8080)], []);

    public static ObservedEndpointSlice Slice(params ObservedSliceEndpoint[] endpoints) => new(
        "mc-demo", "bb-abc", "bb", "IPv4", [new ObservedSlicePort("http", 8080, "TCP")], [.. endpoints]);

    public static ObservedSliceEndpoint Endpoint(string? pod = "bb-1", string ip = "10.10.1.5", bool ready = true, bool terminating = false) =>
        new([ip], ready, terminating, pod, "east-1", null);

    public static ObservedPolicyMetadata Metadata(string name, int age = 0, string ns = "mc-demo") =>
        new(ns, name, $"{ns}-{name}", "5", 1, Epoch.AddMinutes(-age), []);

    public static ObservedServer Server(string name = "bb", string? port = "8080", int age = 0) =>
        new(Metadata(name, age), "v1beta3", Selector(("app", "bb")), false, port, null, null);

    public static ObservedReference PolicyRef(string kind, string name, string? ns = null) => new("policy.linkerd.io", kind, name, ns);

    public static ObservedAuthorizationPolicy Policy(string name = "bb-authz", params ObservedReference[] required) =>
        new(Metadata(name), PolicyRef("Server", "bb"), [.. required]);

    public static ObservedMeshTlsAuthentication MeshTls(string name = "bb-good", params string[] identities) =>
        new(Metadata(name), [.. identities], null);

    public static ObservedNetworkAuthentication Networks(string name, params ObservedNetwork[] networks) => new(Metadata(name), [.. networks]);
}
