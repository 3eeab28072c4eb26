namespace Mesh.Sandbox.Network;

/// <summary>Named network namespaces, kept where iproute2 keeps them so that <c>ip netns</c> shows them.</summary>
internal static class NetworkNamespaces
{
    private const string Directory = "/run/netns";

    public static string PathOf(string name) => $"{Directory}/{name}";

    public static bool Exists(string name) => File.Exists(PathOf(name));

    public static async Task CreateAsync(string name, CancellationToken cancellationToken)
    {
        // Two runs of iproute2 that both find /run/netns not yet mounted disturb each other: one retry settles it.
        var first = await ExternalCommand.RunAsync("ip", ["netns", "add", name], null, cancellationToken);
        if (!first.Succeeded)
        {
            await ExternalCommand.RunAsync("ip", ["netns", "del", name], null, cancellationToken);
            await ExternalCommand.RequireAsync("ip", ["netns", "add", name], null, cancellationToken);
        }
    }

    /// <summary>Removes the name; the namespace and its links go when the last process in it has ended. No error when it is not there.</summary>
    public static async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        if (!Exists(name))
        {
            return;
        }
        var result = await ExternalCommand.RunAsync("ip", ["netns", "del", name], null, cancellationToken);
        if (!result.Succeeded && Exists(name))
        {
            // A file that is no mount any more, left by a half-finished removal.
            File.Delete(PathOf(name));
        }
    }

    /// <summary>Names that belong to the sandbox with that prefix.</summary>
    public static IReadOnlyList<string> Owned(string prefix) => !System.IO.Directory.Exists(Directory)
        ? []
        : [.. System.IO.Directory.EnumerateFiles(Directory).Select(f => Path.GetFileName(f)).Where(n => SandboxPlan.OwnsNamespace(prefix, n)).Order()];

    /// <summary>
    /// Gives back the mount that the first <c>ip netns add</c> on a machine makes over /run/netns, when nobody uses it any more.
    /// </summary>
    public static async Task ReleaseDirectoryAsync(CancellationToken cancellationToken)
    {
        if (!System.IO.Directory.Exists(Directory) || System.IO.Directory.EnumerateFileSystemEntries(Directory).Any())
        {
            return;
        }
        // iproute2 holds the same lock while it makes the mount. Not lazily: a mount somebody uses must stay.
        await ExternalCommand.RunAsync("flock",
            [Directory, "sh", "-c", $"[ -z \"$(ls -A {Directory})\" ] && umount {Directory}"], null, cancellationToken);
    }
}
