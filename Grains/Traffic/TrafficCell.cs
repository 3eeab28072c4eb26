using Mesh.Interfaces.NodeSession;
using Mesh.Interfaces.Traffic;

namespace Mesh.Grains.Traffic;

/// <summary>What happened in one second of one series. Latency buckets are kept sparse: most seconds touch two or three of them.</summary>
internal sealed class TrafficCell(long second)
{
    private readonly List<(byte Bucket, ulong Count)> _latencies = [];
    private ulong _success;
    private ulong _failure;
    private ulong _denied;
    private ulong _opened;
    private ulong _read;
    private ulong _written;
    private ulong _retries;

    public long Second => second;

    public static bool IsEmpty(TrafficSeries series) =>
        (series.Success | series.Failure | series.Denied | series.ConnectionsOpened | series.ReadBytes | series.WrittenBytes
            | series.Retries) == 0
        && series.LatencyCounts.All(count => count == 0);

    public void Add(TrafficSeries series)
    {
        _success += series.Success;
        _failure += series.Failure;
        _denied += series.Denied;
        _opened += series.ConnectionsOpened;
        _read += series.ReadBytes;
        _written += series.WrittenBytes;
        _retries += series.Retries;
        for (var bucket = 0; bucket < Math.Min(series.LatencyCounts.Count, LatencyBuckets.Count); bucket++)
        {
            if (series.LatencyCounts[bucket] > 0)
            {
                AddLatency((byte)bucket, series.LatencyCounts[bucket]);
            }
        }
    }

    public void AddTo(TrafficSeries sum)
    {
        sum.Success += _success;
        sum.Failure += _failure;
        sum.Denied += _denied;
        sum.ConnectionsOpened += _opened;
        sum.ReadBytes += _read;
        sum.WrittenBytes += _written;
        sum.Retries += _retries;
        foreach (var (bucket, count) in _latencies)
        {
            while (sum.LatencyCounts.Count <= bucket)
            {
                sum.LatencyCounts.Add(0);
            }
            sum.LatencyCounts[bucket] += count;
        }
    }

    private void AddLatency(byte bucket, ulong count)
    {
        var index = _latencies.FindIndex(latency => latency.Bucket == bucket);
        if (index < 0)
        {
            _latencies.Add((bucket, count));
        }
        else
        {
            _latencies[index] = (bucket, _latencies[index].Count + count);
        }
    }
}
