using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Proxies;

/// <summary>
/// A running pair: client-side proxy → mutual TLS → server-side proxy; or nothing at all, to see what the backend answers.
/// </summary>
internal sealed class ProxyPair : IDisposable
{
    private readonly ChildProcess[] _processes;

    public ProxyPair(int port, params ChildProcess[] processes)
    {
        Port = port;
        _processes = processes;
    }

    /// <summary>Where the load goes.</summary>
    public int Port { get; }

    /// <summary>Of both processes together.</summary>
    public double CpuMicroseconds => _processes.Sum(process => process.CpuMicroseconds);

    /// <summary>Of the client-side process.</summary>
    public double ClientResidentBytes => _processes[0].ResidentBytes;

    /// <summary>Of the server-side process.</summary>
    public double ServerResidentBytes => _processes[1].ResidentBytes;

    /// <summary>What the processes wrote, for an error message.</summary>
    public string Logs => string.Join(" | ", _processes.Select(process => process.LogTail).Where(text => text.Length > 0));

    public void Dispose() => Array.ForEach(_processes, process => process.Dispose());
}
