using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.Policies;

namespace Mesh.Silo.Upkeep;

/// <summary>
/// Wakes the grain that writes the status of policy objects and routes, for every namespace that has some, or has Services with annotations for
/// traffic: it warns of those that are wrong.
/// </summary>
internal sealed class PolicyUpkeep(IGrainFactory grains, IClusterView view, TimeProvider time, ILogger<PolicyUpkeep> logger)
    : ReconcileLoop(view, ClusterTopic.Policies | ClusterTopic.Routes | ClusterTopic.Services, time, logger)
{
    private readonly IClusterView _view = view;

    protected override string NameOf(ClusterChange change) => change.Namespace;

    protected override IReadOnlySet<string> All() =>
        _view.Namespaces.Select(n => n.Name).Where(HasPolicies)
            .Concat(_view.Services.Where(HasTrafficAnnotations).Select(s => s.Namespace))
            .ToHashSet(StringComparer.Ordinal);

    protected override Task ReconcileAsync(string name, CancellationToken cancellationToken) =>
        grains.GetGrain<IPolicyStatusGrain>(new NamespaceKey(_view.ClusterName, name).ToString()).Reconcile(cancellationToken);

    private static bool HasTrafficAnnotations(ObservedService service) => service.Annotations.Keys.Any(key =>
        key.StartsWith("retry.linkerd.io/", StringComparison.Ordinal)
        || key.StartsWith("timeout.linkerd.io/", StringComparison.Ordinal)
        || key.StartsWith("balancer.linkerd.io/", StringComparison.Ordinal));

    private bool HasPolicies(string ns) =>
        _view.Servers(ns).Count > 0 || _view.AuthorizationPolicies(ns).Count > 0
        || _view.Routes(ns).Count > 0 || _view.MeshTlsAuthentications(ns).Count > 0 || _view.NetworkAuthentications(ns).Count > 0;
}
