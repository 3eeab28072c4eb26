using System.Globalization;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.Limits;

/// <summary>A limit of the data plane that the environment can set to another value than its default.</summary>
/// <param name="Variable">The environment variable.</param>
/// <param name="IsTime">Whether it is a time, in milliseconds, written as <c>500ms</c>, <c>10s</c>, <c>5m</c> or <c>24h</c>.</param>
/// <param name="Minimum">The smallest value that makes sense.</param>
/// <param name="Maximum">The largest.</param>
/// <param name="Meaning">What is limited, and what happens beyond it.</param>
/// <param name="Reason">Why the default is what it is.</param>
/// <param name="Get">Reads it from options.</param>
/// <param name="Set">Returns options with another value.</param>
internal sealed record LimitSetting(
    string Variable, bool IsTime, long Minimum, long Maximum, string Meaning, string Reason, Func<DataPlaneOptions, long> Get,
    Func<DataPlaneOptions, long, DataPlaneOptions> Set)
{
    private static readonly (string Suffix, long Milliseconds)[] Units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>The value as a person would write it.</summary>
    public string Show(long value)
    {
        if (!IsTime)
        {
            return value.ToString(CultureInfo.InvariantCulture);
        }
        var (suffix, milliseconds) = Units.Last(unit => value % unit.Milliseconds == 0);
        return (value / milliseconds).ToString(CultureInfo.InvariantCulture) + suffix;
    }

    /// <summary>Reads a value.</summary>
    /// <param name="text">From the environment.</param>
    /// <param name="value">The value, within its bounds.</param>
    /// <param name="error">What is wrong, and what to write instead.</param>
    public bool TryParse(string text, out long value, out string error)
    {
        if (TryRead(text, out value) && value >= Minimum && value <= Maximum)
        {
            error = "";
            return true;
        }
        var kind = IsTime ? "a time such as 500ms, 10s, 5m or 24h," : "a number";
        error = $"{Variable} is '{text}': give {kind} from {Show(Minimum)} to {Show(Maximum)}";
        return false;
    }

    private bool TryRead(string text, out long value)
    {
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9') is >= 0 and var end ? end : text.Length;
        var unit = IsTime ? Array.Find(Units, unit => unit.Suffix == text[digits..]).Milliseconds : digits == text.Length ? 1 : 0;
        value = 0;
        // Ten digits are beyond every limit, and with a unit might overflow.
        if (unit == 0 || digits > 9 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out value))
        {
            return false;
        }
        value *= unit;
        return true;
    }
}
