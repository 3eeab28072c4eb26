using Mesh.Silo.Liveness;

namespace Mesh.Silo.Hosting;

/// <summary>Microsoft's membership says who there is, and <see cref="SiloPulses"/> who answers.</summary>
internal sealed class MicrosoftMembers : ISiloMembers, IDisposable
{
    private readonly IClusterMembershipService _membership;
    private readonly ILocalSiloDetails _local;
    private readonly SiloPulses _pulses;

    public MicrosoftMembers(IClusterMembershipService membership, ILocalSiloDetails local, SiloPulses pulses)
    {
        (_membership, _local, _pulses) = (membership, local, pulses);
        pulses.Changed += OnChanged;
    }

    public event Action? Changed;

    public string Engine => "Microsoft";

    public IReadOnlyList<SiloMember> Current =>
    [
        .. _membership.CurrentSnapshot.Members.Values.Where(m => m.Status != SiloStatus.Dead).Select(m =>
        {
            var self = m.SiloAddress.Equals(_local.SiloAddress);
            return new SiloMember(
                m.SiloAddress.Endpoint, SiloNames.ClusterOf(m.Name), self || _pulses.Answers(m.SiloAddress),
                self || _pulses.IsKnown(m.SiloAddress));
        }),
    ];

    public void Dispose() => _pulses.Changed -= OnChanged;

    private void OnChanged() => Changed?.Invoke();
}
