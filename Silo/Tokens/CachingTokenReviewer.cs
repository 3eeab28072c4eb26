using System.Security.Cryptography;
using System.Text;

namespace Mesh.Silo.Tokens;

/// <summary>
/// Remembers answers for a short time, so that proxies that reconnect all at once do not overwhelm the API server. Tokens are kept as
/// hashes only. That the API server could not be asked is not remembered.
/// </summary>
internal sealed class CachingTokenReviewer(ITokenReviewer inner, TimeProvider time) : ITokenReviewer
{
    /// <summary>How long a revoked token may still be taken; short against the hour a token lives.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private const int MaxEntries = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (TokenReviewResult Result, long At)> _entries = [];

    public async Task<TokenReviewResult> ReviewAsync(string token, string audience, CancellationToken cancellationToken)
    {
        var key = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{audience}\n{token}")));
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var entry) && time.GetElapsedTime(entry.At) < Lifetime)
            {
                return entry.Result;
            }
        }
        var result = await inner.ReviewAsync(token, audience, cancellationToken);
        if (result.Outcome != TokenReviewOutcome.Unavailable)
        {
            Remember(key, result);
        }
        return result;
    }

    private void Remember(string key, TokenReviewResult result)
    {
        lock (_lock)
        {
            if (_entries.Count >= MaxEntries)
            {
                foreach (var old in _entries.Where(e => time.GetElapsedTime(e.Value.At) >= Lifetime).Select(e => e.Key).ToArray())
                {
                    _entries.Remove(old);
                }
            }
            // Still full: all are fresh, which garbage tokens can do. Starting anew costs reviews, keeping them would cost memory.
            if (_entries.Count >= MaxEntries)
            {
                _entries.Clear();
            }
            _entries[key] = (result, time.GetTimestamp());
        }
    }
}
