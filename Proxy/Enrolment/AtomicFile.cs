namespace Mesh.Proxy.Enrolment;

/// <summary>Replaces a file as a whole, so that a crash leaves either the old or the new one.</summary>
internal static class AtomicFile
{
    /// <param name="path">Where; its directory must exist.</param>
    /// <param name="content">What.</param>
    /// <param name="mode">The file's mode; only its owner may read it if nothing is said.</param>
    /// <exception cref="IOException">It could not be written; the old file is as it was.</exception>
    public static void Write(
        string path, ReadOnlySpan<byte> content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = mode,
        };
        using (var file = new FileStream(temporary, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        // The umask may have taken bits away that were asked for.
        File.SetUnixFileMode(temporary, mode);
        File.Move(temporary, path, overwrite: true);
    }
}
