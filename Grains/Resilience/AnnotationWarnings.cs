using System.Collections.Immutable;
using Mesh.Grains.Endpoints;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Grains.Routes;

namespace Mesh.Grains.Resilience;

/// <summary>What is wrong with the annotations of a namespace's Services, routes and pods, as events on them.</summary>
internal static class AnnotationWarnings
{
    private const string Reason = "InvalidAnnotation";
    private const string Component = "mesh-silo";

    public static ImmutableArray<ClusterEvent> Plan(string ns, IClusterView view)
    {
        var events = ImmutableArray.CreateBuilder<ClusterEvent>();
        foreach (var service in view.ServicesInNamespace(ns).Where(MayHaveProblems))
        {
            foreach (var problem in ServiceResilience.Of(service.Annotations).Problems)
            {
                events.Add(Warning("Service", ns, service.Name, service.Uid, problem.Message));
            }
        }
        foreach (var route in view.Routes(ns).Where(route => route.Parents.Any(RouteParents.IsService)))
        {
            foreach (var problem in RoutePlanner.Annotations(route).Problems)
            {
                events.Add(Warning(route.Kind, ns, route.Metadata.Name, route.Metadata.Uid, problem.Message) with
                {
                    ApiVersion = $"{route.Group}/{route.Version}",
                });
            }
        }
        foreach (var pod in view.PodsInNamespace(ns))
        {
            if (pod.Annotations.TryGetValue(MeshAnnotations.Weight, out var text) && !EndpointWeight.TryParse(text, out _))
            {
                events.Add(Warning("Pod", ns, pod.Name, pod.Uid,
                    $"{MeshAnnotations.Weight}: '{text}' is no number from 1 to 10000 and is ignored. 100 is the usual weight."));
            }
        }
        return events.ToImmutable();
    }

    private static bool MayHaveProblems(ObservedService service) => service.Annotations.Keys.Any(ResilienceAnnotations.IsOurs);

    private static ClusterEvent Warning(string kind, string ns, string name, string uid, string message) =>
        new("v1", kind, ns, name, uid, "Warning", Reason, message, Component);
}
