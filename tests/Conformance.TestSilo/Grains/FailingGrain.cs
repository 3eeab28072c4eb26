namespace Mesh.Conformance.TestSilo.Grains;

/// <summary>Its first activation in a process fails, for even keys.</summary>
public sealed class FailingGrain : Grain, IFailingGrain
{
    private static readonly HashSet<long> Failed = [];

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyLong();
        lock (Failed)
        {
            return key % 2 == 0 && Failed.Add(key) ? throw new ProbeException("not today") : Task.CompletedTask;
        }
    }

    public Task<long> Do() => Task.FromResult(this.GetPrimaryKeyLong());
}
