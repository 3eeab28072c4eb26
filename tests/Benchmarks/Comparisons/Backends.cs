using System.Globalization;
using Mesh.Benchmarks.Loads;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>What stands behind the proxies, the same for all of them.</summary>
internal sealed class Backends : IDisposable
{
    private readonly ChildProcess _bulk;

    private Backends(NginxBackend http, ChildProcess bulk, int bulkPort)
    {
        Http = http;
        _bulk = bulk;
        BulkPort = bulkPort;
    }

    public NginxBackend Http { get; }

    public int BulkPort { get; }

    public double CpuMicroseconds => Http.CpuMicroseconds + _bulk.CpuMicroseconds;

    public static Backends Start(Lab lab)
    {
        var http = NginxBackend.Start(lab);
        ChildProcess? bulk = null;
        try
        {
            var port = lab.Port();
            bulk = ChildProcess.Start(
                Lab.Self(LoadVerb.Verb, "bulk-server", port.ToString(CultureInfo.InvariantCulture)),
                Path.Combine(lab.Folder("bulk"), "log"));
            lab.WaitForPort(port, bulk, "The server of bulk transfers");
            return new Backends(http, bulk, port);
        }
        catch
        {
            bulk?.Dispose();
            http.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _bulk.Dispose();
        Http.Dispose();
    }
}
