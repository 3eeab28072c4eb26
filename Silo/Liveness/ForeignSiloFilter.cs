using Mesh.Grains.Ports;
using Mesh.Silo.Configuration;
using Orleans.Serialization.Invocation;

namespace Mesh.Silo.Liveness;

/// <summary>
/// What Orleans itself says to silos of other clusters. Its health checks count as answered without being sent: whether a foreign silo is
/// dead is not ours to judge, and one that cannot be reached must not keep a silo from joining. Everything else to a silo that is known not
/// to answer fails at once instead of after its time is up.
/// </summary>
internal sealed class ForeignSiloFilter(IServiceProvider services, SiloOptions options) : IOutgoingGrainCallFilter
{
    // Orleans.Runtime.IMembershipService is not public; a test starts a silo beside a dead one, which fails when these are no more its names.
    private const string HealthInterface = "Orleans.Runtime.IMembershipService";
    private const string HealthCheck = "Ping";

    // Not at construction: whatever sends calls is made before what is asked here.
    private readonly Lazy<ISiloClusters> _clusters = new(services.GetRequiredService<ISiloClusters>);
    private readonly Lazy<SiloPulses> _pulses = new(services.GetRequiredService<SiloPulses>);

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        if (!SystemTargetGrainId.TryParse(context.TargetId, out var target)
            || target.GetSiloAddress() is not { } silo
            || _clusters.Value.ClusterOf(silo) is not { Length: > 0 } cluster
            || cluster == options.ClusterName)
        {
            return context.Invoke();
        }
        if (context.InterfaceName == HealthInterface && context.MethodName == HealthCheck)
        {
            context.Response = Response.Completed;
            return Task.CompletedTask;
        }
        return _pulses.Value.IsSilent(silo) && context.Request.GetInterfaceType() != typeof(ISiloPulse)
            ? throw new SiloUnavailableException($"Silo {silo} of cluster {cluster} does not answer. Is the path between the clusters cut?")
            : context.Invoke();
    }
}
