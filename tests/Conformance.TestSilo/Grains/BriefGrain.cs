using Mesh.Grains.Placement;

namespace Mesh.Conformance.TestSilo.Grains;

[HomeCluster]
public sealed class BriefGrain(ILocalSiloDetails silo) : Grain, IBriefGrain
{
    private readonly Guid _activation = Guid.NewGuid();

    public Task<Whereabouts> Where() => Task.FromResult(new Whereabouts(silo.SiloAddress, _activation));

    public Task Pin(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Collected.Add(_activation);
        return Task.CompletedTask;
    }

    /// <summary>The activations in this process that have ended.</summary>
    public static System.Collections.Concurrent.ConcurrentBag<Guid> Collected { get; } = [];
}
