using System.Globalization;

namespace Mesh.Grains.Resilience;

/// <summary>
/// Reads durations: those of Linkerd's annotations ("10ms", "5s", "2m", "1h", "1d"), of the Gateway API ("1m30s",
/// https://gateway-api.sigs.k8s.io/geps/gep-2257/) and of Go ("1.5s"). A number without a unit is none, but for "0".
/// </summary>
internal static class DurationParser
{
    /// <param name="text">Without blanks.</param>
    /// <param name="milliseconds">Rounded down; at most 49 days, which is all the proxy can count.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out uint milliseconds)
    {
        milliseconds = 0;
        if (text is "0")
        {
            return true;
        }
        if (text.IsEmpty)
        {
            return false;
        }
        var total = 0m;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits >= 0 && text[digits] == '.')
            {
                var fraction = text[(digits + 1)..].IndexOfAnyExceptInRange('0', '9');
                digits = fraction <= 0 ? -1 : digits + 1 + fraction;
            }
            // Twelve characters are more than any duration needs and fewer than a decimal holds.
            if (digits is <= 0 or > 12
                || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }
            text = text[digits..];
            var unit = text.IndexOfAnyInRange('0', '9') is var next && next < 0 ? text : text[..next];
            var factor = unit switch
            {
                "ms" => 1m,
                "s" => 1_000m,
                "m" => 60_000m,
                "h" => 3_600_000m,
                "d" => 86_400_000m,
                _ => 0m,
            };
            if (factor == 0)
            {
                return false;
            }
            total += number * factor;
            text = text[unit.Length..];
        }
        if (total > uint.MaxValue)
        {
            return false;
        }
        milliseconds = (uint)total;
        return true;
    }
}
