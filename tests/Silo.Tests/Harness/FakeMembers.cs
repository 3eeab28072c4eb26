using Mesh.Silo.Hosting;

namespace Mesh.Silo.Tests.Harness;

/// <summary>The silos a test says there are.</summary>
internal sealed class FakeMembers : ISiloMembers
{
    private IReadOnlyList<SiloMember> _current = [];

    public event Action? Changed;

    public string Engine => "Fake";

    public IReadOnlyList<SiloMember> Current
    {
        get => _current;
        set
        {
            _current = value;
            Changed?.Invoke();
        }
    }
}
