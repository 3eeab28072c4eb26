using Mesh.Silo.ClusterState;
using Mesh.Testing;

namespace Mesh.Silo.Tests.ClusterState;

public sealed class PolicySettlingTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<int> _taken = [];

    [Fact]
    public void Take_ChangesShortlyAfterEachOther_AreTakenTogetherOnceItIsQuiet()
    {
        using var settling = new PolicySettling(_time, () => true);
        for (var i = 0; i < 3; i++)
        {
            var change = i;
            settling.Take(() => _taken.Add(change));
            _time.Advance(PolicySettling.Quiet / 2);
        }
        Assert.Empty(_taken);

        _time.Advance(PolicySettling.Quiet);

        Assert.Equal([0, 1, 2], _taken);
    }

    [Fact]
    public void Take_ChangesWithoutEnd_HoldTheFirstBackNoLongerThanTheLongest()
    {
        using var settling = new PolicySettling(_time, () => true);
        var steps = (int)(PolicySettling.Longest / (PolicySettling.Quiet / 2)) + 1;
        for (var i = 0; i < steps; i++)
        {
            settling.Take(() => _taken.Add(1));
            _time.Advance(PolicySettling.Quiet / 2);
        }

        Assert.NotEmpty(_taken);
    }

    [Fact]
    public void Take_WhileTheFirstListsComeIn_IsImmediate()
    {
        using var settling = new PolicySettling(_time, () => false);

        settling.Take(() => _taken.Add(1));

        Assert.Equal([1], _taken);
    }
}
