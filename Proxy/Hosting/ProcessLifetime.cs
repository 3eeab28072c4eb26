using Microsoft.Extensions.Hosting;

namespace Mesh.Proxy.Hosting;

/// <summary>How far the process has got, for its parts. Any thread.</summary>
internal sealed class ProcessLifetime : IHostApplicationLifetime, IDisposable
{
    private readonly CancellationTokenSource _started = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _stopped = new();

    public CancellationToken ApplicationStarted => _started.Token;

    public CancellationToken ApplicationStopping => _stopping.Token;

    public CancellationToken ApplicationStopped => _stopped.Token;

    /// <summary>Asks for an orderly end.</summary>
    public void StopApplication() => _stopping.Cancel();

    public void Dispose()
    {
        _started.Dispose();
        _stopping.Dispose();
        _stopped.Dispose();
    }

    /// <summary>Everything runs.</summary>
    internal void Started() => _started.Cancel();

    /// <summary>Everything has ended.</summary>
    internal void Stopped() => _stopped.Cancel();
}
