using System.Diagnostics.CodeAnalysis;

namespace Mesh.Proxy.Tls;

/// <summary>
/// The peer certificates that one context has verified lately. Saves verifying the chain in every full handshake (the peer still proves
/// that it holds the leaf's key), and says who a resumed session is with. Belongs to a context, hence to its trust anchors: other anchors
/// are another context. Any thread.
/// </summary>
/// <param name="capacity">The oldest goes when there would be more.</param>
internal sealed class VerifiedPeers(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Fingerprint, VerifiedPeer> _peers = [];
    private readonly Queue<Fingerprint> _order = new();

    /// <param name="fingerprint">Of the leaf.</param>
    /// <param name="now">Seconds since 1970; who is not valid then is not found.</param>
    /// <param name="peer">Who it is.</param>
    public bool TryFind(Fingerprint fingerprint, long now, [NotNullWhen(true)] out VerifiedPeer? peer)
    {
        lock (_lock)
        {
            return _peers.TryGetValue(fingerprint, out peer) && peer.IsValidAt(now);
        }
    }

    public void Add(VerifiedPeer peer)
    {
        lock (_lock)
        {
            if (!_peers.TryAdd(peer.Fingerprint, peer))
            {
                // Verified again, since what was known had expired: an issuer may have been renewed under the same leaf.
                _peers[peer.Fingerprint] = peer;
                return;
            }
            _order.Enqueue(peer.Fingerprint);
            if (_order.Count > capacity)
            {
                _peers.Remove(_order.Dequeue());
            }
        }
    }
}
