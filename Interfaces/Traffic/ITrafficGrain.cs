namespace Mesh.Interfaces.Traffic;

/// <summary>Sliding-window traffic statistics of one namespace. Key: <see cref="Keys.NamespaceKey"/>; lives in that cluster.</summary>
[Alias("mesh.ITrafficGrain")]
public interface ITrafficGrain : IGrainWithStringKey
{
    /// <param name="node">Which node reports.</param>
    /// <param name="report">A serialized Mesh.Interfaces.NodeSession.TrafficReport holding only series of this namespace's pods.</param>
    [Alias("Record")]
    Task Record(string node, byte[] report);

    /// <param name="window">The length of time to look back over; 15 s to 10 min, what is outside is cut to that.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The sums over the window, one per series that had traffic or has connections open.</returns>
    [Alias("Query")]
    Task<TrafficSummary> Query(TimeSpan window, CancellationToken cancellationToken = default);
}
