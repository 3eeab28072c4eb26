using System.Security.Cryptography;
using System.Text;

namespace Mesh.Proxy.Cni;

/// <summary>
/// The plugin on the node: an executable <c>mesh-cni</c> in the CNI directory, and beside it the program it runs. The node does not see the
/// proxy's container, so the program is copied, into a directory named after its content: a running call keeps what it has.
/// </summary>
internal sealed class CniProgram(string binDirectory)
{
    private const string Executable = "mesh-cni";
    private const string ProgramDirectory = "mesh-proxy.d";
    private const string ProgramName = "Mesh.Proxy";
    private const UnixFileMode Runnable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private string Wrapper => Path.Combine(binDirectory, Executable);

    private string Programs => Path.Combine(binDirectory, ProgramDirectory);

    /// <summary>Puts the program and its executable in place if they are not.</summary>
    /// <param name="source">The directory of the running program.</param>
    /// <param name="dotnetRoot">Where the .NET runtime is; used unless the program brings its own.</param>
    /// <returns>Whether anything had to be done.</returns>
    /// <exception cref="IOException">The CNI directory cannot be written.</exception>
    public bool Install(string source, string dotnetRoot)
    {
        var files = Files(source);
        var version = Version(files);
        var target = Path.Combine(Programs, version);
        var changed = false;
        if (!Directory.Exists(target))
        {
            var temporary = $"{target}.{Environment.ProcessId}.tmp";
            foreach (var (path, relative) in files)
            {
                var copy = Path.Combine(temporary, relative);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(path, copy, overwrite: true);
            }
            Directory.Move(temporary, target);
            changed = true;
        }
        var script = Script(version, File.Exists(Path.Combine(source, "libcoreclr.so")), dotnetRoot);
        if (!File.Exists(Wrapper) || File.ReadAllText(Wrapper) != script)
        {
            Enrolment.AtomicFile.Write(Wrapper, Encoding.UTF8.GetBytes(script), Runnable);
            changed = true;
        }
        foreach (var old in Directory.EnumerateDirectories(Programs).Where(directory => directory != target))
        {
            Directory.Delete(old, recursive: true);
        }
        return changed;
    }

    /// <summary>Takes both away.</summary>
    public void Uninstall()
    {
        File.Delete(Wrapper);
        if (Directory.Exists(Programs))
        {
            Directory.Delete(Programs, recursive: true);
        }
    }

    // What a published or built program consists of; symbols are of no use to the plugin.
    private static List<(string Path, string Relative)> Files(string source) =>
        [.. Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetExtension(path) is not ".pdb" and not ".xml")
            .Select(path => (path, Path.GetRelativePath(source, path)))
            .OrderBy(file => file.Item2, StringComparer.Ordinal)];

    private static string Version(List<(string Path, string Relative)> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, relative) in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(relative));
            using var content = File.OpenRead(path);
            hash.AppendData(SHA256.HashData(content));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    // Every pod waits for this: no tier-0 instrumentation, no diagnostics server.
    private static string Script(string version, bool selfContained, string dotnetRoot) =>
        $$"""
        #!/bin/sh
        # Written by the mesh's node proxy, which also removes it: Mesh.Proxy uninstall-cni
        program="${0%/*}/{{ProgramDirectory}}/{{version}}"
        export DOTNET_TieredPGO=0 DOTNET_EnableDiagnostics=0 DOTNET_gcServer=0 DOTNET_GCHeapHardLimit=0x4000000
        {{(selfContained
            ? $"exec \"$program/{ProgramName}\" cni"
            : $"export DOTNET_ROOT='{dotnetRoot}'\nexec \"$DOTNET_ROOT/dotnet\" \"$program/{ProgramName}.dll\" cni")}}

        """.ReplaceLineEndings("\n");
}
