using Mesh.Interfaces.Exports;

namespace Mesh.Interfaces.Links;

/// <summary>
/// Reconciles one Link: follows the target cluster's exports and writes mirror services into its own cluster. Key:
/// <see cref="Keys.LinkKey"/>; lives in the cluster the Link is applied to. Its single activation is the leader election.
/// </summary>
[Alias("mesh.ILinkGrain")]
public interface ILinkGrain : IExportCatalogSubscriber
{
    /// <summary>Compares what is with what should be, now. Called by every silo of the cluster when the Link changes, and every few seconds.</summary>
    [Alias("Reconcile")]
    Task Reconcile(CancellationToken cancellationToken = default);

    /// <summary>How the Link stands.</summary>
    [Alias("GetStatus")]
    Task<LinkStatus> GetStatus(CancellationToken cancellationToken = default);
}
