using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Cli.Viz;

/// <summary>Durations as Go programs write them: <c>90s</c>, <c>1m30s</c>, <c>1h</c>, <c>500ms</c>.</summary>
internal static partial class Durations
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (!Whole().IsMatch(text))
        {
            return false;
        }
        foreach (Match part in Part().Matches(text))
        {
            var number = double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture);
            var milliseconds = number * part.Groups[2].Value switch { "h" => 3_600_000, "m" => 60_000, "s" => 1_000, _ => 1 };
            if (duration.TotalMilliseconds + milliseconds > TimeSpan.FromDays(365).TotalMilliseconds)
            {
                return false;
            }
            duration += TimeSpan.FromMilliseconds(milliseconds);
        }
        return true;
    }

    [GeneratedRegex(@"^([0-9]+(\.[0-9]+)?(ms|h|m|s))+\z")]
    private static partial Regex Whole();

    [GeneratedRegex(@"([0-9]+(?:\.[0-9]+)?)(ms|h|m|s)")]
    private static partial Regex Part();
}
