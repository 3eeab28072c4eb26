namespace Mesh.Silo.Health;

/// <summary>The host has started, Orleans included, and is not stopping.</summary>
internal sealed class StartedReadiness(IHostApplicationLifetime lifetime) : IReadiness
{
    public string? Missing =>
        lifetime.ApplicationStopping.IsCancellationRequested ? "the silo is stopping"
        : lifetime.ApplicationStarted.IsCancellationRequested ? null
        : "the silo has not started yet";
}
