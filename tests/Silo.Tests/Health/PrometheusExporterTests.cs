using System.Diagnostics.Metrics;
using Mesh.Silo.Health;

namespace Mesh.Silo.Tests.Health;

public sealed class PrometheusExporterTests
{
    [Fact]
    public void Write_AllKindsOfInstruments_AreInTheTextFormat()
    {
        using var exporter = new PrometheusExporter();
        using var meter = new Meter("Mesh.Test." + Guid.NewGuid().ToString("N"));
        using var other = new Meter("Elsewhere");
        other.CreateCounter<long>("elsewhere.count").Add(1);
        var counter = meter.CreateCounter<long>("mesh.test.events", "{event}", "Events.\nOf all kinds.");
        counter.Add(2, new KeyValuePair<string, object?>("kind.of", "a\"b\\c\nd"));
        counter.Add(3, new KeyValuePair<string, object?>("kind.of", "a\"b\\c\nd"));
        var gauge = meter.CreateUpDownCounter<long>("mesh.test.open");
        gauge.Add(5);
        gauge.Add(-2);
        meter.CreateObservableGauge("mesh.test.end", () => 1.5, "s");
        meter.CreateHistogram<double>("mesh.test.duration", "s").Record(0.25);
        var lines = exporter.Write().Split('\n');
        Assert.Contains("""mesh_test_events_total{kind_of="a\"b\\c\nd"} 5""", lines);
        Assert.Contains("# HELP mesh_test_events_total Events.\\nOf all kinds.", lines);
        Assert.Contains("# TYPE mesh_test_events_total counter", lines);
        Assert.Contains("mesh_test_open 3", lines);
        Assert.Contains("mesh_test_end_seconds 1.5", lines);
        Assert.Contains("mesh_test_duration_seconds_sum 0.25", lines);
        Assert.Contains("mesh_test_duration_seconds_count 1", lines);
        Assert.DoesNotContain(lines, l => l.Contains("elsewhere", StringComparison.Ordinal));
    }

    [Fact]
    public void Write_ObservedSeriesIsGone_ItsLastValueIsGoneToo()
    {
        using var exporter = new PrometheusExporter();
        using var meter = new Meter("Mesh.Test." + Guid.NewGuid().ToString("N"));
        List<string> links = ["north", "south"];
        meter.CreateObservableGauge(
            "mesh.test.link", () => links.Select(link => new Measurement<int>(1, new KeyValuePair<string, object?>("link", link))));
        Assert.Contains("""mesh_test_link{link="south"} 1""", exporter.Write(), StringComparison.Ordinal);
        links.Remove("south");
        var text = exporter.Write();
        Assert.Contains("""mesh_test_link{link="north"} 1""", text, StringComparison.Ordinal);
        Assert.DoesNotContain("south", text, StringComparison.Ordinal);
    }
}
