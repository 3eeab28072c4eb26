namespace Mesh.Faults.Traffic;

/// <summary>From a client in one cluster to a service in the same or another one.</summary>
/// <param name="From">The client's cluster.</param>
/// <param name="To">The cluster of the service's pods.</param>
internal sealed record TrafficFlow(string From, string To)
{
    public bool IsAcross => From != To;

    public override string ToString() => $"{From}->{To}";
}
