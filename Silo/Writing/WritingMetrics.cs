using System.Diagnostics.Metrics;
using Mesh.Grains.Ports;

namespace Mesh.Silo.Writing;

/// <summary>What is written to the API server.</summary>
internal sealed class WritingMetrics
{
    public const string MeterName = "Mesh.Silo.Writing";

    private readonly Counter<long> _writes;

    public WritingMetrics(IMeterFactory meters) =>
        _writes = meters.Create(MeterName).CreateCounter<long>(
            "mesh.silo.writes", "{write}", "Writes to the API server, by what and outcome.");

    public void Wrote(string what, WriteOutcome outcome) =>
        _writes.Add(1, new KeyValuePair<string, object?>("what", what), new KeyValuePair<string, object?>("outcome", outcome.ToString()));
}
