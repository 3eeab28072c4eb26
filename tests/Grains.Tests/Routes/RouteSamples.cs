using Mesh.Grains.Observed;
using Mesh.Grains.Tests.Fakes;

namespace Mesh.Grains.Tests.Routes;

/// <summary>Routes of the service "bb" and variations of them.</summary>
internal static class RouteSamples
{
    public static ObservedRouteParent Bb { get; } = new("", "Service", "mc-demo", "bb", null, null);

    public static ObservedRoute Route(string name = "bb", string ns = "mc-demo", int age = 0, params ObservedRouteRule[] rules) => new(
        Samples.Metadata(name, age, ns), "gateway.networking.k8s.io", "v1", "HTTPRoute", Samples.Map(), [Bb], [], [.. rules], []);

    public static ObservedRouteRule Rule(params ObservedRouteMatch[] matches) => new([.. matches], [], [], null, null);

    public static ObservedRouteMatch Path(string path, string? type = null, string? method = null, params ObservedHeaderMatch[] headers) =>
        new(method, type, path, [.. headers]);

    public static ObservedHeaderMatch Header(string name, string value = "x", string? type = null) => new(type, name, value);
}
