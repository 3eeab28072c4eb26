using System.Collections.Immutable;

namespace Mesh.Silo.GrainDirectory;

/// <summary>
/// Follows the membership for the directory: this silo's part changes with it, and this silo's activations whose entries have a new owner
/// are registered there again, which also ends those that exist twice.
/// </summary>
internal sealed partial class HomeDirectoryUpkeep(
    IClusterMembershipService membership,
    DirectoryPartition partition,
    LocalRegistrations registrations,
    HomeGrainDirectory directory,
    ILogger<HomeDirectoryUpkeep> logger) : BackgroundService
{
    private const int AtOnce = 32;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var before = DirectoryOwners.None;
        await foreach (var _ in membership.MembershipUpdates.WithCancellation(stoppingToken))
        {
            var now = partition.Current();
            if (now.IsSameAs(before))
            {
                continue;
            }
            ImmutableArray<GrainAddress> moved =
                [.. registrations.All.Where(a => !Equals(before.OwnerOf(a.GrainId), now.OwnerOf(a.GrainId)))];
            before = now;
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken };
            await Parallel.ForEachAsync(moved, parallel, async (address, _) =>
            {
                try
                {
                    await directory.ReregisterAsync(address);
                }
                catch (Exception e)
                {
                    // The owner will ask for it, or change again.
                    LogFailed(address.GrainId, e.Message);
                }
            });
        }
    }

    [LoggerMessage(6210, LogLevel.Warning, "Grain {Grain} could not be registered with the new owner of its entry. {Problem}")]
    private partial void LogFailed(GrainId grain, string problem);
}
