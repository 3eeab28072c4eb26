using System.Collections.Concurrent;

namespace Mesh.Silo.GrainDirectory;

/// <summary>
/// The activations of this silo that are in the directory, or on their way into it. The directory itself is only a copy of what the silos
/// have here, and is made again from it.
/// </summary>
internal sealed class LocalRegistrations
{
    private readonly ConcurrentDictionary<GrainId, (GrainAddress Address, IGrainContext? Activation)> _registrations = new();

    public IEnumerable<GrainAddress> All => _registrations.Values.Select(r => r.Address);

    /// <param name="address">Of this silo.</param>
    /// <param name="activation">The activation, so that it can be ended should another one win.</param>
    public void Add(GrainAddress address, IGrainContext? activation) => _registrations[address.GrainId] = (address, activation);

    public bool Has(GrainAddress address) => _registrations.TryGetValue(address.GrainId, out var found) && found.Address.Equals(address);

    public void Remove(GrainAddress address)
    {
        if (_registrations.TryGetValue(address.GrainId, out var found) && found.Address.Matches(address))
        {
            _registrations.TryRemove(KeyValuePair.Create(address.GrainId, found));
        }
    }

    /// <summary>Another activation of the grain is in the directory: this one ends, after the requests it is in.</summary>
    public void Yield(GrainAddress address, GrainAddress winner)
    {
        if (_registrations.TryGetValue(address.GrainId, out var found) && found.Address.Equals(address)
            && _registrations.TryRemove(KeyValuePair.Create(address.GrainId, found)))
        {
            found.Activation?.Deactivate(
                new DeactivationReason(DeactivationReasonCode.DuplicateActivation, $"The grain is active on {winner.SiloAddress}."));
        }
    }
}
