namespace Mesh.Benchmarks.Soak;

/// <summary>What the loads have done. Thread-safe.</summary>
internal sealed class Tally
{
    private long _requests;
    private long _denied;
    private long _givenUp;
    private long _repeated;
    private long _resent;
    private long _connections;

    public void Answered() => Interlocked.Increment(ref _requests);

    public void Denied() => Interlocked.Increment(ref _denied);

    public void GaveUp() => Interlocked.Increment(ref _givenUp);

    public void SeenTwice() => Interlocked.Increment(ref _repeated);

    public void SentAgain() => Interlocked.Increment(ref _resent);

    public void Echoed() => Interlocked.Increment(ref _connections);

    public override string ToString() =>
        $"{_requests} requests answered, {_denied} denied, {_givenUp} given up by the client, {_resent} sent again by the client, "
        + $"{_repeated} repeated by the proxies, {_connections} connections of bytes";
}
