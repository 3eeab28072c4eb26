using System.Text.Json;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>What is remembered of a sandbox that is (or was being brought) up; written before anything is made.</summary>
/// <param name="Prefix">Prefix of all names.</param>
/// <param name="Clusters">Cluster names in order.</param>
/// <param name="NodesPerCluster">Number of nodes of each.</param>
/// <param name="Ports">Cluster to the loopback port kubectl uses.</param>
/// <param name="MergedInto">The person's kubeconfig that got the contexts; null when none did.</param>
/// <param name="DualStack">Whether there is IPv6 beside IPv4.</param>
internal sealed record SandboxState(
    string Prefix, IReadOnlyList<string> Clusters, int NodesPerCluster, IReadOnlyDictionary<string, int> Ports, string? MergedInto,
    bool DualStack = false)
{
    private const string FileName = "sandbox.json";

    /// <summary>Null when nothing is known of a sandbox in that directory.</summary>
    public static SandboxState? Load(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize<SandboxState>(File.ReadAllText(Path.Combine(directory, FileName)));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            // A torn file is a crash between creating and writing it: nothing else had been made yet.
            return null;
        }
    }

    public void Save(string directory)
    {
        Directory.CreateDirectory(directory);
        var temporary = Path.Combine(directory, FileName + ".tmp");
        File.WriteAllText(temporary, JsonSerializer.Serialize(this));
        File.Move(temporary, Path.Combine(directory, FileName), overwrite: true);
    }

    public SandboxPlan ToPlan(string directory) => SandboxPlan.Create(Prefix, directory, [.. Clusters], NodesPerCluster, DualStack);
}
