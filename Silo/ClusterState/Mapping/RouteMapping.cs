using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.ClusterState.Mapping;

/// <summary>Makes the observed records of routes, with their fields as written: whether they can be used is the planners' business.</summary>
internal static class RouteMapping
{
    public static ObservedRoute Map(HttpRoute route) => Http(HttpRoute.Definition, route.Metadata, route.Spec, route.Status);

    public static ObservedRoute Map(PolicyHttpRoute route) => Http(PolicyHttpRoute.Definition, route.Metadata, route.Spec, route.Status);

    public static ObservedRoute Map(GrpcRoute route) => Route(
        GrpcRoute.Definition,
        route.Metadata,
        route.Status,
        route.Spec.ParentRefs,
        route.Spec.Hostnames,
        route.Spec.Rules.Select(rule => new ObservedRouteRule(
            [.. rule.Matches.Select(match => new ObservedRouteMatch(
                null, null, null, Headers(match.Headers), false,
                match.Method is { } method ? new ObservedGrpcMethod(method.Type, method.Service, method.Method) : null))],
            [.. rule.Filters.Select(filter => filter.Type)],
            Backends(rule.BackendRefs),
            null,
            null)));

    private static ObservedRoute Http(ResourceDefinition definition, ObjectMeta metadata, HttpRouteSpec spec, RouteStatus status) => Route(
        definition,
        metadata,
        status,
        spec.ParentRefs,
        spec.Hostnames,
        spec.Rules.Select(rule => new ObservedRouteRule(
            [.. rule.Matches.Select(match => new ObservedRouteMatch(
                match.Method, match.Path?.Type, match.Path?.Value, Headers(match.Headers), match.QueryParams.Count > 0))],
            [.. rule.Filters.Select(filter => filter.Type)],
            Backends(rule.BackendRefs),
            rule.Timeouts?.Request,
            rule.Timeouts?.BackendRequest)));

    private static ObservedRoute Route(
        ResourceDefinition definition,
        ObjectMeta metadata,
        RouteStatus status,
        IEnumerable<RouteParentReference> parents,
        IEnumerable<string> hostnames,
        IEnumerable<ObservedRouteRule> rules) => new(
        new ObservedPolicyMetadata(
            metadata.Namespace ?? "",
            metadata.Name,
            metadata.Uid ?? "",
            metadata.ResourceVersion ?? "",
            metadata.Generation ?? 0,
            metadata.CreationTimestamp ?? DateTimeOffset.MinValue,
            []),
        definition.Group,
        definition.Version,
        definition.Kind,
        metadata.Annotations.ToImmutableSortedDictionary(StringComparer.Ordinal),
        [.. parents.Select(Parent)],
        [.. hostnames],
        [.. rules],
        [.. status.Parents.Where(parent => parent.ControllerName == ObservedRoute.Controller).Select(parent =>
            new ObservedRouteParentStatus(Parent(parent.ParentRef), PolicyMapping.Conditions(parent.Conditions)))]);

    private static ObservedRouteParent Parent(RouteParentReference parent) =>
        new(parent.Group, parent.Kind, parent.Namespace, parent.Name, parent.SectionName, parent.Port);

    private static ImmutableArray<ObservedHeaderMatch> Headers(IEnumerable<RouteHeaderMatch> headers) =>
        [.. headers.Select(header => new ObservedHeaderMatch(header.Type, header.Name, header.Value))];

    private static ImmutableArray<ObservedRouteBackend> Backends(IEnumerable<RouteBackendReference> backends) =>
        [.. backends.Select(backend => new ObservedRouteBackend(
            backend.Group, backend.Kind, backend.Namespace, backend.Name, backend.Port, backend.Filters.Count > 0))];
}
