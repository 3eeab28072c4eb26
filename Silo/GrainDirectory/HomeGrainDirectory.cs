using Mesh.Grains.Placement;
using Mesh.Silo.Liveness;
using Orleans.GrainDirectory;

namespace Mesh.Silo.GrainDirectory;

/// <summary>
/// Where the grains of the mesh are. The entries of a cluster's grains are on that cluster's silos and nowhere else, so that a cluster
/// that is cut off finds, activates and calls all of its own. They are a copy of what the silos have: nothing is kept, and nothing is lost with a
/// silo but what was on it. See <see cref="DirectoryPartition"/>.
/// </summary>
internal sealed class HomeGrainDirectory(
    IClusterMembershipService membership,
    ILocalSiloDetails local,
    IServiceProvider services,
    DirectoryPartition partition,
    LocalRegistrations registrations,
    TimeProvider time) : IGrainDirectory
{
    /// <summary>The name by which grain classes refer to it.</summary>
    public const string Name = "home";

    // Longer than a dead silo stays in the membership, shorter than a call waits.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    private const int MaxReferrals = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    // Not at construction: they need what finds grains.
    private readonly Lazy<HomeDirectoryClient> _client = new(services.GetRequiredService<HomeDirectoryClient>);
    private readonly Lazy<IGrainContextAccessor> _activations = new(services.GetRequiredService<IGrainContextAccessor>);
    private readonly Lazy<SiloPulses> _pulses = new(services.GetRequiredService<SiloPulses>);

    public Task<GrainAddress?> Register(GrainAddress address) => Register(address, null);

    public async Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress)
    {
        if (!local.SiloAddress.Equals(address.SiloAddress))
        {
            return await RegisterAsync(address, previousAddress);
        }
        // Before it is asked for: a new owner that asks us in between must hear of it.
        registrations.Add(address, _activations.Value.GrainContext is { } context && context.GrainId == address.GrainId ? context : null);
        try
        {
            var registered = await RegisterAsync(address, previousAddress);
            if (!address.Matches(registered))
            {
                registrations.Remove(address);
            }
            return registered;
        }
        catch
        {
            registrations.Remove(address);
            throw;
        }
    }

    public Task Unregister(GrainAddress address)
    {
        registrations.Remove(address);
        return AskAsync(
            address.GrainId, version => partition.UnregisterAsync(address, version), (silo, version) => silo.Unregister(address, version));
    }

    public Task<GrainAddress?> Lookup(GrainId grainId) => AskAsync(
        grainId, version => partition.LookupAsync(grainId, version), (silo, version) => silo.Lookup(grainId, version));

    public Task UnregisterSilos(List<SiloAddress> siloAddresses)
    {
        partition.Forget(siloAddresses);
        return Task.CompletedTask;
    }

    /// <summary>Registers an activation of this silo again, after its entry's owner may have changed. It ends when another one was first.</summary>
    public async Task ReregisterAsync(GrainAddress address)
    {
        var registered = await RegisterAsync(address, null);
        if (registered is not null && !address.Matches(registered) && registrations.Has(address))
        {
            registrations.Yield(address, registered);
        }
        else if (!registrations.Has(address))
        {
            // It ended meanwhile, and may have taken its entry out before we put it in again.
            await Unregister(address);
        }
    }

    private Task<GrainAddress?> RegisterAsync(GrainAddress address, GrainAddress? previous) => AskAsync(
        address.GrainId,
        version => partition.RegisterAsync(address, previous, version),
        (silo, version) => silo.Register(address, previous, version));

    // Every question may be put twice.
    private async Task<GrainAddress?> AskAsync(
        GrainId grain,
        Func<MembershipVersion, ValueTask<DirectoryAnswer>> here,
        Func<IHomeDirectory, MembershipVersion, ValueTask<DirectoryAnswer>> there)
    {
        var cluster = HomeCluster.Of(grain);
        var began = time.GetTimestamp();
        SiloAddress? referred = null;
        var referrals = 0;
        while (true)
        {
            var snapshot = membership.CurrentSnapshot;
            var owner = referred ?? DirectoryOwners.Of(snapshot, cluster).OwnerOf(grain) ?? throw new SiloUnavailableException(
                $"There is no silo of cluster '{cluster}'. Is the cluster's name right, and does its control plane run?");
            try
            {
                if (!owner.Equals(local.SiloAddress) && _pulses.Value.IsSilent(owner))
                {
                    throw new SiloUnavailableException($"Silo {owner} of cluster '{cluster}', which knows where {grain} is, does not answer.");
                }
                var answer = owner.Equals(local.SiloAddress)
                    ? await here(snapshot.Version)
                    : await there(_client.Value.At(owner), snapshot.Version);
                if (answer.Owner is null)
                {
                    return answer.Registered;
                }
                // Two that disagree would refer to each other for as long as they do.
                referred = ++referrals % MaxReferrals == 0 ? null : answer.Owner;
            }
            catch (Exception e) when (e is OrleansException or TimeoutException && IsWorthWaiting(cluster, began))
            {
                // The silo may be dead; then another one owns the grain's entry as soon as the cluster has said so.
                referred = null;
            }
            if (referred is null || time.GetElapsedTime(began) > Patience)
            {
                if (!IsWorthWaiting(cluster, began))
                {
                    throw new SiloUnavailableException($"The silos of cluster '{cluster}' do not agree on who is there. Try again.");
                }
                await Task.Delay(Pause, time);
            }
        }
    }

    // Over a cut it would be in vain.
    private bool IsWorthWaiting(string cluster, long began) =>
        time.GetElapsedTime(began) < Patience
        && DirectoryOwners.Of(membership.CurrentSnapshot, cluster).Silos.Any(s => s.Equals(local.SiloAddress) || !_pulses.Value.IsSilent(s));
}
