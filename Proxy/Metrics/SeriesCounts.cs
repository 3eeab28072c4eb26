using Mesh.Interfaces.Traffic;

namespace Mesh.Proxy.Metrics;

/// <summary>The numbers of a series at one moment.</summary>
internal sealed class SeriesCounts
{
    public long Requests;
    public long Success;
    public long Failure;
    public long Denied;
    public long LatencySumMicroseconds;
    public long ConnectionsOpened;
    public long ConnectionsOpen;
    public long ConnectionsDenied;
    public long ConnectionsTerminated;
    public long ReadBytes;
    public long WrittenBytes;

    /// <summary>Attempts beyond the first of one request.</summary>
    public long Retries;

    /// <summary>Retries whose answer was good enough to pass on.</summary>
    public long RetrySuccesses;

    /// <summary>Answers passed on although they should be retried: the limit of retries was reached.</summary>
    public long RetriesBeyondLimit;

    /// <summary>The same: the budget was used up, or there was no endpoint to go to.</summary>
    public long RetriesBeyondBudget;

    public long[] Latencies { get; } = new long[LatencyBuckets.Count];

    /// <summary>Responses by status code, 100 to 599; the rest is at 0. Empty until there is one.</summary>
    public long[] Statuses { get; private set; } = [];

    /// <summary>gRPC responses by status, 0 to 16 (which are not in <see cref="Statuses"/>). Empty until there is one.</summary>
    public long[] GrpcStatuses { get; private set; } = [];

    public void CountGrpcStatus(int status)
    {
        if (GrpcStatuses.Length == 0)
        {
            GrpcStatuses = new long[GrpcStatus.Count];
        }
        GrpcStatuses[status]++;
    }

    public void CountStatus(int status)
    {
        if (Statuses.Length == 0)
        {
            Statuses = new long[500];
        }
        Statuses[status is >= 100 and < 600 ? status - 100 : 0]++;
    }

    public void Add(SeriesCounts other)
    {
        Requests += other.Requests;
        Success += other.Success;
        Failure += other.Failure;
        Denied += other.Denied;
        LatencySumMicroseconds += other.LatencySumMicroseconds;
        ConnectionsOpened += other.ConnectionsOpened;
        ConnectionsOpen += other.ConnectionsOpen;
        ConnectionsDenied += other.ConnectionsDenied;
        ConnectionsTerminated += other.ConnectionsTerminated;
        ReadBytes += other.ReadBytes;
        WrittenBytes += other.WrittenBytes;
        Retries += other.Retries;
        RetrySuccesses += other.RetrySuccesses;
        RetriesBeyondLimit += other.RetriesBeyondLimit;
        RetriesBeyondBudget += other.RetriesBeyondBudget;
        AddTo(Latencies, other.Latencies);
        var statuses = other.Statuses;
        if (statuses.Length > 0)
        {
            if (Statuses.Length == 0)
            {
                Statuses = new long[statuses.Length];
            }
            AddTo(Statuses, statuses);
        }
        var grpc = other.GrpcStatuses;
        if (grpc.Length > 0)
        {
            if (GrpcStatuses.Length == 0)
            {
                GrpcStatuses = new long[grpc.Length];
            }
            AddTo(GrpcStatuses, grpc);
        }
    }

    private static void AddTo(long[] sums, long[] values)
    {
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] += values[i];
        }
    }
}
