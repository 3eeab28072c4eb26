using System.Globalization;
using Mesh.Sandbox.Lifecycle;

namespace Mesh.Sandbox.Node;

/// <summary>
/// A directory of small files that changes all at once, as a kubelet's do: the files are links through <c>..data</c>, which is itself a
/// link that is renamed over.
/// </summary>
internal static class AtomicDirectory
{
    private const string Data = "..data";

    /// <summary>Makes the directory hold exactly these files. Returns whether anything changed.</summary>
    /// <param name="directory">Made when it is not there.</param>
    /// <param name="files">By relative path.</param>
    /// <param name="group">A group that may read all of them (a pod's fsGroup); null: root's.</param>
    public static bool Write(string directory, IReadOnlyDictionary<string, (byte[] Content, UnixFileMode Mode)> files, long? group = null)
    {
        Directory.CreateDirectory(directory);
        var link = Path.Combine(directory, Data);
        var old = new FileInfo(link).LinkTarget;
        if (old is not null && IsSame(Path.Combine(directory, old), files))
        {
            return false;
        }
        var version = string.Create(CultureInfo.InvariantCulture, $"..{Guid.CreateVersion7():N}");
        var target = Path.Combine(directory, version);
        Directory.CreateDirectory(target);
        foreach (var (name, (content, mode)) in files)
        {
            var path = Path.Combine(target, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
            File.SetUnixFileMode(path, group is null ? mode : mode | UnixFileMode.GroupRead);
            if (group is { } id)
            {
                Native.SetGroup(path, (uint)id);
            }
        }
        var temporary = link + "_tmp";
        File.Delete(temporary);
        File.CreateSymbolicLink(temporary, version);
        Native.Rename(temporary, link);
        Publish(directory, files.Keys);
        if (old is not null)
        {
            Directory.Delete(Path.Combine(directory, old), recursive: true);
        }
        return true;
    }

    private static bool IsSame(string directory, IReadOnlyDictionary<string, (byte[] Content, UnixFileMode Mode)> files)
    {
        var present = Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(directory, f)).ToHashSet();
        return present.SetEquals(files.Keys) &&
            files.All(f => File.ReadAllBytes(Path.Combine(directory, f.Key)).AsSpan().SequenceEqual(f.Value.Content));
    }

    private static void Publish(string directory, IEnumerable<string> names)
    {
        var first = names.Select(n => n.Split('/')[0]).ToHashSet();
        foreach (var entry in Directory.EnumerateFileSystemEntries(directory).Select(e => Path.GetFileName(e)))
        {
            if (!entry.StartsWith("..", StringComparison.Ordinal) && !first.Contains(entry))
            {
                File.Delete(Path.Combine(directory, entry));
            }
        }
        foreach (var name in first)
        {
            var path = Path.Combine(directory, name);
            if (new FileInfo(path).LinkTarget is null)
            {
                File.CreateSymbolicLink(path, Path.Combine(Data, name));
            }
        }
    }
}
