using Mesh.Interfaces.Traffic;

namespace Mesh.Proxy.Metrics;

/// <summary>
/// One series of one loop. Written by that loop only; read at any time by the collector, for which a number one request old is as good.
/// </summary>
internal sealed class Series(SeriesKey key)
{
    public SeriesKey Key { get; } = key;

    public SeriesCounts Counts { get; } = new();

    /// <summary>When it last changed, loop milliseconds.</summary>
    public long LastActive { get; private set; }

    /// <summary>Dropped for being idle: whoever keeps it asks for a new one.</summary>
    public bool IsRetired { get; set; }

    /// <summary>The collector's: what has been reported already.</summary>
    internal SeriesCounts Reported { get; } = new();

    public void RequestStarted() => Counts.Requests++;

    /// <param name="status">As sent to the client.</param>
    /// <param name="grpcStatus">The status of a gRPC response; -1: it is none.</param>
    /// <param name="latencyMicroseconds">From the whole request head to the response's last byte.</param>
    /// <param name="now">Loop milliseconds.</param>
    public void Responded(int status, int grpcStatus, long latencyMicroseconds, long now)
    {
        LastActive = now;
        if (grpcStatus >= 0 ? GrpcStatus.IsFailure(grpcStatus) : status >= 500)
        {
            Counts.Failure++;
        }
        else
        {
            Counts.Success++;
        }
        if (grpcStatus >= 0)
        {
            Counts.CountGrpcStatus(grpcStatus);
        }
        else
        {
            Counts.CountStatus(status);
        }
        Counts.LatencySumMicroseconds += latencyMicroseconds;
        var bounds = LatencyBuckets.UpperBoundsMicroseconds.AsSpan();
        var bucket = 0;
        while (bucket < bounds.Length && latencyMicroseconds > bounds[bucket])
        {
            bucket++;
        }
        Counts.Latencies[bucket]++;
    }

    public void RetryStarted() => Counts.Retries++;

    public void RetrySucceeded() => Counts.RetrySuccesses++;

    /// <summary>An answer that should be retried is passed on.</summary>
    /// <param name="byLimit">The request has had its retries; otherwise the destination has, or has no endpoint.</param>
    public void RetryRefused(bool byLimit)
    {
        if (byLimit)
        {
            Counts.RetriesBeyondLimit++;
        }
        else
        {
            Counts.RetriesBeyondBudget++;
        }
    }

    public void RequestDenied(long now)
    {
        LastActive = now;
        Counts.Denied++;
    }

    public void ConnectionDenied(long now)
    {
        LastActive = now;
        Counts.ConnectionsDenied++;
        Counts.Denied++;
    }

    public void ConnectionTerminated() => Counts.ConnectionsTerminated++;

    public void ConnectionOpened(long now)
    {
        LastActive = now;
        Counts.ConnectionsOpened++;
        Counts.ConnectionsOpen++;
    }

    public void ConnectionClosed(long now)
    {
        LastActive = now;
        Counts.ConnectionsOpen--;
    }

    public void Transferred(long read, long written, long now)
    {
        LastActive = now;
        Counts.ReadBytes += read;
        Counts.WrittenBytes += written;
    }
}
