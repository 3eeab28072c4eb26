using System.Globalization;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Results;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>
/// Resident memory of the node's proxy itself, the whole of it with session, enrolment and admin endpoints, when it has nothing to do.
/// No silo is there; it keeps looking for one, as it would.
/// </summary>
internal static class RestMemory
{
    public const string Figure = "memory of the proxy at rest, MB";
    private const double Bound = 60;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(8);

    public static FigureResult Measure(Lab lab)
    {
        var folder = lab.Folder("rest");
        var admin = lab.Port();
        var token = Path.Combine(folder, "token");
        File.WriteAllText(token, "none");
        using var proxy = ChildProcess.Start(
            ["dotnet", Path.Combine(AppContext.BaseDirectory, "Mesh.Proxy.dll"), "run"], Path.Combine(folder, "log"), null,
            new Dictionary<string, string>
            {
                ["MESH_CLUSTER_NAME"] = "bench",
                ["NODE_NAME"] = "bench-1",
                ["POD_IP"] = "127.0.0.1",
                ["MESH_ADMIN_PORT"] = admin.ToString(CultureInfo.InvariantCulture),
                ["MESH_SILO_ADDRESS"] = "127.0.0.1:1",
                ["MESH_TOKEN_PATH"] = token,
                ["MESH_TRUST_ANCHORS_PATH"] = lab.Identities.Authority,
                ["MESH_STATE_DIRECTORY"] = Directory.CreateDirectory(Path.Combine(folder, "state")).FullName,
                ["MESH_RUN_DIRECTORY"] = Directory.CreateDirectory(Path.Combine(folder, "run")).FullName,
                ["MESH_CNI_CONFIG_DIRECTORY"] = Directory.CreateDirectory(Path.Combine(folder, "cni-config")).FullName,
                ["MESH_CNI_BIN_DIRECTORY"] = Directory.CreateDirectory(Path.Combine(folder, "cni-bin")).FullName,
            });
        lab.WaitForPort(admin, proxy, "The node's proxy");
        lab.Interruption.Wait(Rest);
        return proxy.HasEnded
            ? throw new BenchmarkException($"The node's proxy has ended: {proxy.LogTail}")
            : FigureResult.OfValue(Figure, proxy.ResidentBytes / (1024 * 1024), Bound);
    }
}
