using System.Net;
using Orleans.Embedded.Hosting;

namespace Mesh.Silo.Hosting;

/// <summary>Tells the embedded engine where to look for silos.</summary>
internal sealed class EmbeddedSeeds(SiloSeeds seeds) : ISeedProvider
{
    public async ValueTask<IReadOnlyCollection<IPEndPoint>> GetSeedsAsync(CancellationToken cancellationToken) =>
        await seeds.FindAsync(cancellationToken);
}
