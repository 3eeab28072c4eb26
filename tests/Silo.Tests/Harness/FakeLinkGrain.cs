using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.Links;

namespace Mesh.Silo.Tests.Harness;

/// <summary>Counts how often it is reconciled, and holds a call up as long as a test wants.</summary>
internal sealed class FakeLinkGrain : ILinkGrain
{
    private int _reconciled;

    public int Reconciled => Volatile.Read(ref _reconciled);

    public TaskCompletionSource? Held { get; set; }

    public Task Reconcile(CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _reconciled);
        return Held?.Task ?? Task.CompletedTask;
    }

    public Task<LinkStatus> GetStatus(CancellationToken cancellationToken = default) =>
        Task.FromResult(new LinkStatus(new LinkKey(new ClusterName("west"), "target"), "east", LinkState.Connected, "", []));

    public Task OnExportCatalog(ExportCatalogSnapshot snapshot) => Task.CompletedTask;
}
