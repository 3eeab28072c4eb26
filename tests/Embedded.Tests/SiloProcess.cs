using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Mesh.Embedded.TestSilo;

namespace Mesh.Embedded.Tests;

/// <summary>A silo in a process of its own.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private SiloProcess(Process process, string folder)
    {
        _process = process;
        _folder = folder;
    }

    public static async Task<SiloProcess> StartAsync(int port, string name, IPEndPoint seed, CancellationToken cancellationToken)
    {
        var certificates = TestCluster.Certificates();
        var folder = Directory.CreateTempSubdirectory("embedded-silo-").FullName;
        var certificate = Path.Combine(folder, "silo.pfx");
        var anchor = Path.Combine(folder, "anchor.pfx");
        await File.WriteAllBytesAsync(certificate, certificates.Certificate.Export(X509ContentType.Pkcs12), cancellationToken);
        await File.WriteAllBytesAsync(anchor, certificates.Anchor.Export(X509ContentType.Pkcs12), cancellationToken);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in new[]
        {
            typeof(TestSiloHost).Assembly.Location, $"{port}", name, name.Split('-')[0], seed.ToString(), certificate, anchor,
        })
        {
            start.ArgumentList.Add(argument);
        }
        var silo = new SiloProcess(Process.Start(start)!, folder);
        string? line;
        do
        {
            line = await silo._process.StandardOutput.ReadLineAsync(cancellationToken);
            if (line is null)
            {
                await silo.DisposeAsync();
                throw new InvalidOperationException($"Silo {name} ended before it was ready.");
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
        Directory.Delete(_folder, recursive: true);
    }
}
