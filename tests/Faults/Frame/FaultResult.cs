using System.Globalization;

namespace Mesh.Faults.Frame;

/// <summary>What one fault did.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Requests">All requests made while it was run.</param>
/// <param name="Failed">Those that failed and should not have.</param>
/// <param name="Unreachable">Those that were told, as they should, that there is no endpoint to reach.</param>
/// <param name="Recovery">From healing until all was right again; null: it never was.</param>
/// <param name="Violations">The promises that did not hold.</param>
internal sealed record FaultResult(
    string Name, int Requests, int Failed, int Unreachable, TimeSpan? Recovery, IReadOnlyList<string> Violations)
{
    public static string Header => Line("fault", "requests", "failed", "unreachable", "recovered", "");

    public bool Held => Violations.Count == 0;

    public override string ToString()
    {
        var line = Line(
            Name, Requests.ToString(CultureInfo.InvariantCulture), Failed.ToString(CultureInfo.InvariantCulture),
            Unreachable.ToString(CultureInfo.InvariantCulture),
            Recovery is { } recovery ? string.Create(CultureInfo.InvariantCulture, $"{recovery.TotalSeconds:0.0} s") : "never",
            Held ? "ok" : "NOT AS PROMISED");
        return string.Join("\n    ", Violations.Prepend(line));
    }

    private static string Line(string name, string requests, string failed, string unreachable, string recovered, string verdict) =>
        $"{name,-28} {requests,9} {failed,7} {unreachable,12} {recovered,10}  {verdict}".TrimEnd();
}
