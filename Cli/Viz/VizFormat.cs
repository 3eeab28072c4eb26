using System.Globalization;

namespace Mesh.Cli.Viz;

/// <summary>Numbers as Linkerd's tables show them; a dash where there was no traffic.</summary>
internal static class VizFormat
{
    private const string None = "-";

    /// <param name="share">0 to 1.</param>
    public static string Share(double? share) => share is { } s ? string.Create(CultureInfo.InvariantCulture, $"{s * 100:0.00}%") : None;

    public static string Rate(double? perSecond) => perSecond is { } r ? string.Create(CultureInfo.InvariantCulture, $"{r:0.0}rps") : None;

    public static string Latency(double? milliseconds) =>
        milliseconds is { } ms ? string.Create(CultureInfo.InvariantCulture, $"{Math.Round(ms, MidpointRounding.AwayFromZero):0}ms") : None;

    public static string Count(long? count) => count?.ToString(CultureInfo.InvariantCulture) ?? None;

    public static string Bytes(double? perSecond) => perSecond is { } b ? string.Create(CultureInfo.InvariantCulture, $"{b:0.0}B/s") : None;
}
