using System.Globalization;

namespace Mesh.Sandbox.Programs;

/// <summary>What happened in one interval, and since the start. Senders record, the reporter takes and prints.</summary>
internal sealed class SlowCookerReport
{
    private readonly Lock _lock = new();
    private List<int> _latencies = [];
    private long _good;
    private long _bad;
    private long _failed;
    private long _totalGood;
    private long _totalBad;
    private long _totalFailed;

    public const string Header = "#                      good/b/f t     goal%   min [p50 p95 p99  p999]  max bhash change";

    public void Good(TimeSpan latency) => Add(ref _good, ref _totalGood, latency);

    /// <summary>An answer, but not 2xx.</summary>
    public void Bad(TimeSpan latency) => Add(ref _bad, ref _totalBad, latency);

    /// <summary>No answer.</summary>
    public void Failed()
    {
        lock (_lock)
        {
            _failed++;
            _totalFailed++;
        }
    }

    /// <summary>The line of slow_cooker for the time since the last, with the totals behind it.</summary>
    public string TakeLine(DateTimeOffset now, TimeSpan interval, double goal)
    {
        List<int> latencies;
        long good, bad, failed;
        lock (_lock)
        {
            (latencies, _latencies) = (_latencies, []);
            (good, bad, failed) = (_good, _bad, _failed);
            (_good, _bad, _failed) = (0, 0, 0);
        }
        latencies.Sort();
        var all = good + bad + failed;
        var percent = goal <= 0 ? 100 : (int)(100 * all / goal);
        return string.Create(CultureInfo.InvariantCulture,
            $"{now.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} {good,6}/{bad}/{failed} {all} {percent,3}% {interval.TotalSeconds:0.###}s " +
            $"{At(latencies, 0),3} [{At(latencies, 0.5),3} {At(latencies, 0.95),3} {At(latencies, 0.99),3} {At(latencies, 0.999),4} ] " +
            $"{At(latencies, 1),4} {Totals()}");
    }

    /// <summary>Counts since the start: <c>total good=1 bad=0 failed=0</c>.</summary>
    public string Totals()
    {
        lock (_lock)
        {
            return string.Create(CultureInfo.InvariantCulture, $"total good={_totalGood} bad={_totalBad} failed={_totalFailed}");
        }
    }

    public string Metrics()
    {
        lock (_lock)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"# TYPE requests counter\nrequests {_totalGood + _totalBad + _totalFailed}\n# TYPE successes counter\nsuccesses {_totalGood}\n" +
                $"# TYPE bad counter\nbad {_totalBad}\n# TYPE failed counter\nfailed {_totalFailed}\n");
        }
    }

    private static int At(List<int> sorted, double quantile) =>
        sorted.Count == 0 ? 0 : sorted[Math.Min(sorted.Count - 1, (int)(quantile * sorted.Count))];

    private void Add(ref long count, ref long total, TimeSpan latency)
    {
        lock (_lock)
        {
            count++;
            total++;
            _latencies.Add((int)latency.TotalMilliseconds);
        }
    }
}
