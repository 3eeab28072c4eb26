using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.Retries;

/// <summary>Which responses are not passed on but asked for again (annotations <c>retry.linkerd.io/*</c>). Immutable.</summary>
internal sealed class RetryRule
{
    /// <summary>Larger requests are not kept, and therefore not retried; Linkerd's limit.</summary>
    public const int MaxRequestBytes = 64 * 1024;

    private const int FirstStatus = 100;
    private const int LastStatus = 599;
    private readonly bool[] _statuses = new bool[LastStatus - FirstStatus + 1];
    private readonly uint _grpc;

    private RetryRule(RetryPolicy policy)
    {
        // Linkerd's default.
        Limit = policy.Limit == 0 ? 1 : (int)Math.Min(policy.Limit, int.MaxValue);
        AttemptTimeout = policy.TimeoutMs;
        foreach (var range in policy.Http)
        {
            for (var status = Math.Max(range.First, FirstStatus); status <= Math.Min(range.Last, LastStatus); status++)
            {
                _statuses[status - FirstStatus] = true;
            }
        }
        foreach (var status in policy.Grpc)
        {
            _grpc |= status < 32 ? 1u << (int)status : 0;
        }
    }

    /// <summary>Retries of one request at most, beyond the first attempt.</summary>
    public int Limit { get; }

    /// <summary>
    /// An attempt that has not answered this long after the request was sent is given up and retried; milliseconds, 0: no limit.
    /// </summary>
    public long AttemptTimeout { get; }

    /// <summary>Whether gRPC statuses matter: then a response that ends with its first head, and its trailers, are looked at.</summary>
    public bool HasGrpc => _grpc != 0;

    /// <returns>Null: nothing is retried.</returns>
    public static RetryRule? From(RetryPolicy? policy) =>
        policy is null || (policy.Limit == 0 && policy.TimeoutMs == 0 && policy.Http.Count == 0 && policy.Grpc.Count == 0)
            ? null
            : new RetryRule(policy);

    public bool Matches(int status) => status is >= FirstStatus and <= LastStatus && _statuses[status - FirstStatus];

    public bool MatchesGrpc(int status) => status is >= 0 and < 32 && (_grpc & (1u << status)) != 0;
}
