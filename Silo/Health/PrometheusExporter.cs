using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Mesh.Silo.Health;

/// <summary>
/// Collects the silo's own instruments (meters named <c>Mesh.</c>…) and writes them in the Prometheus text format
/// (https://prometheus.io/docs/instrumenting/exposition_formats/). Histograms become a sum and a count.
/// </summary>
internal sealed class PrometheusExporter : IDisposable
{
    // The label sets are bounded by design; this holds when one is not.
    private const int MaxSeries = 10_000;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private int _series;

    public PrometheusExporter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("Mesh.", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Record((Family)state!, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Record((Family)state!, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Record((Family)state!, value, tags));
        _listener.Start();
    }

    /// <summary>Everything as it is now.</summary>
    public string Write()
    {
        lock (_lock)
        {
            // What is measured when it is asked for is measured anew each time: a Link that is gone must not keep its last value.
            foreach (var family in _families.Values.Where(family => family.IsObserved))
            {
                _series -= family.Series.Count;
                family.Series.Clear();
            }
        }
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (_lock)
        {
            foreach (var (name, family) in _families)
            {
                text.Append("# HELP ").Append(name).Append(' ').Append(Escape(family.Help)).Append('\n');
                text.Append("# TYPE ").Append(name).Append(' ').Append(family.Type).Append('\n');
                foreach (var (labels, series) in family.Series)
                {
                    if (family.Type == "summary")
                    {
                        Line(text, name + "_sum", labels, series.Value);
                        Line(text, name + "_count", labels, series.Count);
                    }
                    else
                    {
                        Line(text, name, labels, series.Value);
                    }
                }
            }
        }
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private Family FamilyOf(Instrument instrument)
    {
        var kind = instrument.GetType().GetGenericTypeDefinition();
        var type = kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>) ? "counter"
            : kind == typeof(Histogram<>) ? "summary"
            : "gauge";
        var name = instrument.Name.Replace('.', '_').Replace('-', '_')
            + (instrument.Unit == "s" ? "_seconds" : "")
            + (type == "counter" ? "_total" : "");
        lock (_lock)
        {
            if (!_families.TryGetValue(name, out var family))
            {
                var adds = kind == typeof(Counter<>) || kind == typeof(UpDownCounter<>) || kind == typeof(Histogram<>);
                _families[name] = family = new Family(type, instrument.Description ?? "", adds, instrument.IsObservable);
            }
            return family;
        }
    }

    private void Record(Family family, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Labels(tags);
        lock (_lock)
        {
            if (!family.Series.TryGetValue(labels, out var series))
            {
                if (_series >= MaxSeries)
                {
                    return;
                }
                _series++;
                family.Series[labels] = series = new Series();
            }
            series.Value = family.Adds ? series.Value + value : value;
            series.Count++;
        }
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }
        var text = new StringBuilder("{");
        foreach (var (name, value) in tags)
        {
            text.Append(text.Length == 1 ? "" : ",").Append(name.Replace('.', '_')).Append("=\"")
                .Append(Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "").Replace("\"", "\\\"")).Append('"');
        }
        return text.Append('}').ToString();
    }

    private static string Escape(string text) => text.Replace("\\", "\\\\").Replace("\n", "\\n");

    private static void Line(StringBuilder text, string name, string labels, double value) =>
        text.Append(name).Append(labels).Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');

    private sealed record Family(string Type, string Help, bool Adds, bool IsObserved)
    {
        public SortedDictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Series
    {
        public double Value { get; set; }

        public long Count { get; set; }
    }
}
