using System.Net;

namespace Orleans.Embedded.Hosting;

/// <summary>Seeds that never change.</summary>
public sealed class StaticSeeds(params IPEndPoint[] seeds) : ISeedProvider
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyCollection<IPEndPoint>> GetSeedsAsync(CancellationToken cancellationToken) => new(seeds);
}
