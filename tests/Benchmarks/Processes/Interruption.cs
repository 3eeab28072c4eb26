using System.Runtime.InteropServices;

namespace Mesh.Benchmarks.Processes;

/// <summary>Turns SIGINT and SIGTERM into an orderly end: every wait of the runner is one that they end.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    public Interruption()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Waits, unless interrupted.</summary>
    /// <exception cref="OperationCanceledException">Interrupted.</exception>
    public void Wait(TimeSpan time)
    {
        Token.WaitHandle.WaitOne(time);
        Token.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    private void End(PosixSignalContext context)
    {
        context.Cancel = true;
        _source.Cancel();
    }
}
