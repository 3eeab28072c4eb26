using Orleans.Embedded.Membership;

namespace Mesh.Silo.Hosting;

/// <summary>The embedded engine's membership.</summary>
internal sealed class EmbeddedMembers : ISiloMembers, IDisposable
{
    private readonly IEmbeddedMembership _membership;

    public EmbeddedMembers(IEmbeddedMembership membership)
    {
        _membership = membership;
        membership.Changed += OnChanged;
    }

    public event Action? Changed;

    public string Engine => "Embedded";

    public IReadOnlyList<SiloMember> Current =>
    [
        .. _membership.Current.Members.Where(m => m.IsLocal || m.Status != MemberStatus.Left).Select(m => new SiloMember(
            m.Address.Endpoint, m.Cluster, m.IsLocal || m.IsAlive, m.IsLocal || m.SeenSinceStart)),
    ];

    public void Dispose() => _membership.Changed -= OnChanged;

    private void OnChanged(MembershipView view) => Changed?.Invoke();
}
