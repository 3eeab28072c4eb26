using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Mesh.Grains.Exports;
using Mesh.Grains.Publishing;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Links;

/// <summary>
/// Follows the export catalog of one target cluster for one Link: what is exported, and each service as it is described by its own grain.
/// Not being able to reach the target never removes anything from it. It belongs to one grain and runs in its turns.
/// </summary>
/// <param name="target">The cluster followed.</param>
/// <param name="selectors">What the Link mirrors.</param>
/// <param name="subscribe">Calls the target's catalog with the version held.</param>
/// <param name="describe">Asks one exported service's grain.</param>
/// <param name="misbehaves">Told, once, of what the target says and cannot be so.</param>
/// <param name="time">The clock.</param>
internal sealed class CatalogFollower(
    ClusterName target,
    ExportSelectors selectors,
    Func<ExportSelectors, ulong, Task<ExportCatalogSnapshot?>> subscribe,
    Func<ServiceKey, ExportSelectors, Task<ExportedService?>> describe,
    Action<string> misbehaves,
    TimeProvider time)
{
    /// <summary>Keeps a first reading of thousands of services from flooding the target.</summary>
    private const int ConcurrentQuestions = 32;

    private readonly Dictionary<ServiceKey, string> _askedFor = [];
    private string? _complaint;
    private ImmutableDictionary<ServiceKey, ExportedService> _described = ImmutableDictionary<ServiceKey, ExportedService>.Empty;

    public ClusterName Target => target;

    public ExportSelectors Selectors => selectors;

    /// <summary>The last catalog; null until there has been one.</summary>
    public ExportCatalogSnapshot? Catalog { get; private set; }

    /// <summary>Every service of some catalog has been asked about, so that what is described is not a part of it by accident.</summary>
    public bool HasAsked { get; private set; }

    /// <summary>The services as they were last described.</summary>
    public IReadOnlyDictionary<ServiceKey, ExportedService> Described => _described;

    /// <summary>The keys in the catalog; empty until there has been one.</summary>
    public IReadOnlyCollection<ServiceKey> Exported => [.. (Catalog?.Entries ?? []).Select(entry => entry.Service)];

    /// <summary>Subscribes or renews, and asks about every service that is new or has changed.</summary>
    /// <exception cref="Exception">The target could not be asked; what is known stays.</exception>
    public async Task Renew()
    {
        var answer = await subscribe(selectors, Catalog?.Version ?? 0).WaitAsync(SubscriptionTerms.CallTimeout, time);
        if (answer is not null)
        {
            Take(answer);
        }
        await AskAboutNews();
    }

    /// <summary>Takes a catalog that was pushed, unless it is older than the one held or was made for other selectors.</summary>
    public bool TryTake(ExportCatalogSnapshot pushed)
    {
        return pushed.Cluster == target
            && pushed.Version == ExportCatalogPlanner.Version(target, selectors, pushed.Entries)
            && pushed.Sequence > (Catalog?.Sequence ?? long.MinValue)
            && Take(pushed);
    }

    /// <summary>Asks the grains of those services whose resource version is not the one described.</summary>
    public async Task AskAboutNews()
    {
        if (Catalog is null)
        {
            return;
        }
        ExceptionDispatchInfo? failure = null;
        foreach (var entries in Catalog.Entries.Where(IsNews).Chunk(ConcurrentQuestions))
        {
            // One service that cannot be described must not keep the others from being mirrored.
            await Task.WhenAll(entries.Select(async entry =>
            {
                try
                {
                    await AskAbout(entry);
                }
                catch (Exception exception)
                {
                    failure = ExceptionDispatchInfo.Capture(exception);
                }
            }));
        }
        HasAsked = true;
        failure?.Throw();
    }

    private async Task AskAbout(ExportEntry entry)
    {
        var answer = await describe(entry.Service, selectors).WaitAsync(SubscriptionTerms.CallTimeout, time);
        if (answer is not null && answer.Key != entry.Service)
        {
            Complain($"it describes {answer.Key} where {entry.Service} was asked about");
            _askedFor[entry.Service] = entry.ResourceVersion;
        }
        else if (answer is not null)
        {
            _described = _described.SetItem(entry.Service, answer);
            _askedFor[entry.Service] = answer.ResourceVersion;
        }
        // Null: unexported between the catalog and the question, and the next catalog says so; until then its mirror stays. Or the silo
        // that was asked has not seen yet what the catalog's has: then, and when it describes an earlier version, it is asked again with
        // the next renewal.
    }

    private bool IsNews(ExportEntry entry) =>
        !_askedFor.TryGetValue(entry.Service, out var version) || version != entry.ResourceVersion;

    private bool Take(ExportCatalogSnapshot said)
    {
        var catalog = ExportCatalogGuard.Accept(said, target, out var problem);
        Complain(problem);
        if (catalog is null)
        {
            return false;
        }
        Catalog = catalog;
        var exported = catalog.Entries.Select(entry => entry.Service).ToHashSet();
        _described = _described.RemoveRange(_described.Keys.Where(key => !exported.Contains(key)));
        foreach (var key in _askedFor.Keys.Where(key => !exported.Contains(key)).ToList())
        {
            _askedFor.Remove(key);
        }
        return true;
    }

    private void Complain(string? problem)
    {
        if (problem is not null && problem != _complaint)
        {
            misbehaves(problem);
        }
        _complaint = problem;
    }
}
