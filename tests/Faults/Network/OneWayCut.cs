namespace Mesh.Faults.Network;

/// <summary>Packets from east to west vanish; those from west arrive, and nobody hears that they did.</summary>
internal sealed class OneWayCut() : PathFault("cut east west --one-way", seconds: 30)
{
    public override string Name => "one-way-cut";

    public override string Promise => "packets from east to west vanish: the same as when both directions are cut";
}
