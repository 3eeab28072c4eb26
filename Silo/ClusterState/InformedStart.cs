namespace Mesh.Silo.ClusterState;

/// <summary>
/// Holds the start of what is registered after it until the cluster's state is listed: as soon as a silo has joined the others, grains move
/// to it, and those that read the cluster would wait there for a list that the silo they came from has. Not for ever: an API server that
/// does not answer must not keep silos from finding each other.
/// </summary>
internal sealed class InformedStart(ClusterView view, TimeProvider time) : IHostedService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await view.Synced.WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Readiness says what is missing.
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
