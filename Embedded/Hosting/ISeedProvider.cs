using System.Net;

namespace Orleans.Embedded.Hosting;

/// <summary>
/// Knows addresses where silos may be. Any silo that answers tells of all others, so one that lives is enough. Register as many as
/// needed as singletons.
/// </summary>
public interface ISeedProvider
{
    /// <summary>Asked at the start and then every <see cref="EmbeddedSiloOptions.SeedInterval"/>. What it throws is logged.</summary>
    ValueTask<IReadOnlyCollection<IPEndPoint>> GetSeedsAsync(CancellationToken cancellationToken);
}
