using System.Diagnostics;
using Mesh.Conformance.TestSilo;

namespace Mesh.Conformance.Tests;

/// <summary>A silo in a process of its own.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private readonly Process _process;

    private SiloProcess(Process process) => _process = process;

    public static async Task<SiloProcess> StartAsync(TestSiloSpec spec, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { typeof(TestSiloHost).Assembly.Location, spec.Meeting.Folder, spec.Name, $"{spec.Port}" })
        {
            start.ArgumentList.Add(argument);
        }
        var silo = new SiloProcess(Process.Start(start)!);
        string? line;
        do
        {
            line = await silo._process.StandardOutput.ReadLineAsync(cancellationToken);
            if (line is null)
            {
                await silo.DisposeAsync();
                throw new InvalidOperationException($"Silo {spec.Name} ended before it was ready.");
            }
        }
        while (line != "ready");
        return silo;
    }

    /// <summary>SIGKILL: no goodbye, no cleaning up.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }
        _process.Dispose();
    }
}
