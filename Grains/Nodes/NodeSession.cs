namespace Mesh.Grains.Nodes;

/// <summary>A session of the node's proxy as the node's grain knows it.</summary>
/// <param name="id">Names it.</param>
/// <param name="send">Sends a serialized update down the session.</param>
/// <param name="ledger">What its proxy holds and demands.</param>
internal sealed class NodeSession(Guid id, Func<byte[], Task> send, NodeSessionLedger ledger)
{
    public Guid Id => id;

    public Func<byte[], Task> Send => send;

    public NodeSessionLedger Ledger => ledger;

    public DateTimeOffset RenewedAt { get; set; }
}
