using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>What one loop knows of one endpoint from using it for one client pod and destination.</summary>
internal sealed class EndpointState(EndpointModel model)
{
    private const long FirstPenalty = 500;
    private const long LongestPenalty = 10_000;
    private PeakEwma _latency;

    /// <summary>As last published.</summary>
    public EndpointModel Model { get; set; } = model;

    /// <summary>Not among the destination's endpoints any more: finish what runs, start nothing.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Requests, or opaque connections, using it now.</summary>
    public int InFlight { get; set; }

    /// <summary>Failed connects in a row.</summary>
    public int Failures { get; private set; }

    /// <summary>Unattractive until then (loop milliseconds).</summary>
    public long UnattractiveUntil { get; private set; }

    /// <summary>When it was last tried while failing.</summary>
    public long LastTrial { get; private set; } = long.MinValue / 2;

    /// <summary>Whatever the owner keeps with the endpoint (its connection pool).</summary>
    public object? Attachment { get; set; }

    public void Succeeded(long latencyMicroseconds, long nowMicroseconds)
    {
        _latency.Observe(latencyMicroseconds, nowMicroseconds);
        Failures = 0;
        UnattractiveUntil = 0;
    }

    /// <summary>A connect or handshake failed, or a connection broke without an answer.</summary>
    public void Failed(long now)
    {
        var penalty = Math.Min(LongestPenalty, FirstPenalty << Math.Min(Failures, 5));
        Failures++;
        UnattractiveUntil = now + penalty;
        LastTrial = now;
    }

    /// <summary>Claims the one attempt that finds out whether a failing endpoint is back; others go elsewhere meanwhile.</summary>
    public void BeginTrial(long now)
    {
        LastTrial = now;
        UnattractiveUntil = now + FirstPenalty + FirstPenalty;
    }

    public double Load(long nowMicroseconds) => _latency.Load(InFlight, nowMicroseconds);
}
