using System.Globalization;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>Finds processes by the network namespace they live in, which no crash of anything can hide.</summary>
internal static class NamespaceProcesses
{
    /// <summary>Every live process in any of the named network namespaces.</summary>
    public static IReadOnlyList<ProcessIdentity> In(IReadOnlyCollection<string> names)
    {
        var wanted = Identities(names);
        if (wanted.Count == 0)
        {
            return [];
        }
        var found = new List<ProcessIdentity>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var pid) &&
                ReadLink($"/proc/{pid}/ns/net") is { } link && wanted.Contains(link) &&
                ProcessIdentity.Of(pid) is { } identity && identity.IsAlive())
            {
                found.Add(identity);
            }
        }
        return found;
    }

    // The mount table names the namespace behind each file: "… net:[4026532177] /run/netns/mesh-east-1 …".
    private static HashSet<string> Identities(IReadOnlyCollection<string> names)
    {
        var paths = names.Select(NetworkNamespaces.PathOf).ToHashSet();
        return [.. File.ReadLines("/proc/self/mountinfo")
            .Select(l => l.Split(' '))
            .Where(f => f.Length > 4 && paths.Contains(f[4].StartsWith("/var/run/", StringComparison.Ordinal) ? f[4][4..] : f[4]))
            .Select(f => f[3])];
    }

    private static string? ReadLink(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
