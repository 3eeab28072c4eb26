using System.Globalization;

namespace Orleans;

/// <summary>How long a caller of this method waits for its answer, instead of the silo's default.</summary>
/// <param name="timeout">A <see cref="TimeSpan"/> in its invariant text form, such as "00:01:00".</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ResponseTimeoutAttribute(string timeout) : Attribute
{
    public TimeSpan? Timeout { get; init; } = TimeSpan.Parse(timeout, CultureInfo.InvariantCulture);
}
