using System.Text;

namespace Mesh.Proxy.Cni;

/// <summary>The node's CNI configuration directory, of which the container runtime takes the first file by name.</summary>
internal sealed class CniConfiguration(string directory)
{
    private const string ListExtension = ".conflist";
    private static readonly string[] Extensions = [ListExtension, ".conf", ".json"];
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Puts the plugin at the end of the chain the container runtime uses.</summary>
    /// <returns>The file the plugin is in now and whether it was changed; null when the node has no CNI configuration yet.</returns>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    /// <exception cref="FormatException">It is no network configuration.</exception>
    public (string File, bool Changed)? Install(string socket, IReadOnlyList<string> excludedNamespaces)
    {
        if (Files().FirstOrDefault() is not { } file)
        {
            return null;
        }
        if (ConflistEditor.Insert(File.ReadAllText(file), socket, excludedNamespaces) is not { } text)
        {
            return (file, false);
        }
        var list = Path.ChangeExtension(file, ListExtension);
        Enrolment.AtomicFile.Write(list, Encoding.UTF8.GetBytes(text), list == file ? File.GetUnixFileMode(file) : Readable);
        if (list != file)
        {
            // A single plugin's configuration cannot chain; its list has taken its place.
            File.Delete(file);
        }
        return (list, true);
    }

    /// <summary>Takes the plugin out of every chain.</summary>
    /// <returns>The files that were changed.</returns>
    public IReadOnlyList<string> Uninstall()
    {
        var changed = new List<string>();
        foreach (var file in Files())
        {
            try
            {
                if (ConflistEditor.Remove(File.ReadAllText(file)) is { } text)
                {
                    Enrolment.AtomicFile.Write(file, Encoding.UTF8.GetBytes(text), File.GetUnixFileMode(file));
                    changed.Add(file);
                }
            }
            catch (FormatException)
            {
                // Not a network configuration: we have written nothing into it.
            }
        }
        return changed;
    }

    // libcni takes these extensions, sorted by name.
    private IEnumerable<string> Files() => Directory.Exists(directory)
        ? Directory.EnumerateFiles(directory)
            .Where(file => Extensions.Contains(Path.GetExtension(file)))
            .OrderBy(Path.GetFileName, StringComparer.Ordinal)
        : [];
}
