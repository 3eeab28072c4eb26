namespace Mesh.Faults.Network;

/// <summary>Packets between the clusters vanish, in both directions.</summary>
internal sealed class Cut() : PathFault("cut east west", seconds: 60)
{
    public override string Name => "cut-60s";

    public override string Promise => "path between the clusters cut: 503 with its reason within 10 s, each goes on alone; well 10 s after";
}
