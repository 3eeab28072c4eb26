namespace Mesh.Interfaces.Exports;

/// <summary>Which services of a cluster are exported. Key: <see cref="Keys.ClusterName"/>; lives in that cluster.</summary>
[Alias("mesh.IExportCatalogGrain")]
public interface IExportCatalogGrain : IGrainWithStringKey
{
    /// <summary>
    /// Subscribes, or renews a subscription: call it again every few seconds, since an activation that moved has forgotten its subscribers.
    /// A subscription that is not renewed for a minute ends.
    /// </summary>
    /// <param name="subscriber">Called with a whole snapshot whenever it changes; a slow subscriber sees only the latest.</param>
    /// <param name="selectors">What the subscriber mirrors.</param>
    /// <param name="heldVersion">The version the subscriber holds, 0 for none.</param>
    /// <param name="cancellationToken">Ends the wait, not the subscription.</param>
    /// <returns>The current snapshot, or null when it is the one held.</returns>
    [Alias("Subscribe")]
    Task<ExportCatalogSnapshot?> Subscribe(
        IExportCatalogSubscriber subscriber, ExportSelectors selectors, ulong heldVersion, CancellationToken cancellationToken = default);

    [Alias("Unsubscribe")]
    Task Unsubscribe(IExportCatalogSubscriber subscriber);
}
