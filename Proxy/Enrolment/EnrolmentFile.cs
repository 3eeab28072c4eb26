using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Enrolment;

/// <summary>Keeps enrolments over a restart of the proxy.</summary>
internal sealed partial class EnrolmentFile(string path, ILogger logger)
{
    private const string BootIdPath = "/proc/sys/kernel/random/boot_id";

    /// <summary>What was enrolled since the machine started; nothing when the file is missing, broken or of an earlier boot.</summary>
    public IReadOnlyList<Enrolment> Load()
    {
        if (!File.Exists(path))
        {
            return [];
        }
        try
        {
            var record = JsonSerializer.Deserialize(File.ReadAllBytes(path), EnrolmentJson.Default.EnrolmentRecord);
            return record is not null && record.BootId == BootId() && record.Enrolments is not null ? record.Enrolments : [];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            LogUnreadable(logger, path, unreadable.Message);
            return [];
        }
    }

    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Save(IReadOnlyList<Enrolment> enrolments)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(
            path, JsonSerializer.SerializeToUtf8Bytes(new EnrolmentRecord(BootId(), enrolments), EnrolmentJson.Default.EnrolmentRecord));
    }

    private static string BootId() => File.ReadAllText(BootIdPath).Trim();

    [LoggerMessage(EventId = 2300, Level = LogLevel.Error,
        Message = "the enrolments in {Path} cannot be read: {Reason}. Pods enrolled before have no proxy until they are restarted")]
    private static partial void LogUnreadable(ILogger logger, string path, string reason);
}
