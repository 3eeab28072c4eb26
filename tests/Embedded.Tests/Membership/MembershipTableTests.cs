using System.Collections.Immutable;
using System.Net;
using Mesh.Testing;
using Orleans.Embedded.Membership;

namespace Mesh.Embedded.Tests.Membership;

public sealed class MembershipTableTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly MembershipTable _table;

    public MembershipTableTests() => _table = new MembershipTable(Member(1, 100, "self"), _time);

    [Fact]
    public void Merge_HeardOfButNeverReached_IsDeadAndUnseen()
    {
        _table.Merge([Member(2, 5, "other", MemberStatus.Active)]);
        var other = Other();
        Assert.Equal(MemberStatus.Dead, other.Status);
        Assert.False(other.SeenSinceStart);
    }

    [Fact]
    public void Seen_ThenLost_GoesFromActiveToDeadWithAReason()
    {
        _table.Merge([Member(2, 5, "other", MemberStatus.Active)]);
        _table.Seen(Other().Address);
        Assert.Equal(MemberStatus.Active, Other().Status);
        _table.Lost(Other().Address.Endpoint, "unplugged");
        Assert.Equal(MemberStatus.Dead, Other().Status);
        Assert.Equal("unplugged", Other().Failure);
        Assert.True(Other().SeenSinceStart);
        Assert.Equal(_time.GetUtcNow(), Other().LastSeen);
    }

    [Theory]
    [InlineData(MemberStatus.Active, MemberStatus.Joining)]
    [InlineData(MemberStatus.Left, MemberStatus.Active)]
    public void Merge_OlderNewsOfTheSameGeneration_ChangesNothing(MemberStatus newer, MemberStatus older)
    {
        _table.Merge([Member(2, 5, "other")]);
        _table.Seen(Other().Address);
        _table.Merge([Member(2, 5, "other", newer)]);
        _table.Merge([Member(2, 5, "other", older)]);
        Assert.Equal(newer, Other().Status);
    }

    [Fact]
    public void Merge_NewGeneration_ReplacesTheOldOneAndNotTheOtherWayRound()
    {
        _table.Merge([Member(2, 5, "other", MemberStatus.Active)]);
        _table.Seen(Other().Address);
        _table.Merge([Member(2, 6, "other")]);
        Assert.Equal(6, Other().Address.Generation);
        Assert.Equal(MemberStatus.Dead, Other().Status);
        _table.Merge([Member(2, 5, "other", MemberStatus.Left)]);
        Assert.Equal(6, Other().Address.Generation);
    }

    [Fact]
    public void Merge_SameNameAtANewAddress_ReplacesTheOldLife()
    {
        _table.Merge([Member(2, 5, "other", MemberStatus.Active)]);
        _table.Merge([Member(3, 6, "other", MemberStatus.Active)]);
        Assert.Equal(3, Other().Address.Endpoint.Port);
        _table.Merge([Member(2, 5, "other", MemberStatus.Active)]);
        Assert.Equal(3, Other().Address.Endpoint.Port);
    }

    [Fact]
    public void Merge_SomethingAboutItself_ChangesNothing()
    {
        _table.Merge([Member(1, 999, "impostor", MemberStatus.Left)]);
        Assert.Equal("self", Assert.Single(_table.Current.Members).Name);
    }

    [Fact]
    public void Merge_Nonsense_IsLeftOut()
    {
        _table.Merge(
        [
            null!, Member(2, 5, ""), Member(0, 5, "x"), Member(2, 5, "x", MemberStatus.Dead), Member(2, 5, "x", (MemberStatus)77),
            Member(2, 5, new string('x', 5000)), Member(2, 5, "x") with { Metadata = null! },
        ]);
        Assert.Single(_table.Current.Members);
    }

    [Fact]
    public void Merge_EndlessMembers_IsLimited()
    {
        _table.Merge(Enumerable.Range(2, 5000).Select(port => Member(port, 5, $"{port}")));
        Assert.Equal(1024, _table.Current.Members.Length);
    }

    [Fact]
    public void Forget_GoneForLong_IsDroppedAndTheLivingStay()
    {
        _table.Merge([Member(2, 5, "dead", MemberStatus.Active), Member(3, 5, "left"), Member(4, 5, "alive", MemberStatus.Active)]);
        _table.Merge([Member(3, 5, "left", MemberStatus.Left)]);
        _table.Seen(_table.Current.Members.Single(member => member.Name == "alive").Address);
        _time.Advance(TimeSpan.FromMinutes(11));
        _table.Forget();
        Assert.Equal(["alive", "dead", "self"], _table.Current.Members.Select(member => member.Name).Order());
        _time.Advance(TimeSpan.FromHours(25));
        _table.Forget();
        Assert.Equal(["alive", "self"], _table.Current.Members.Select(member => member.Name).Order());
    }

    private static MemberRecord Member(int port, int generation, string name, MemberStatus status = MemberStatus.Joining) => new(
        SiloAddress.New(IPAddress.Loopback, port, generation), name,
        ImmutableDictionary<string, string>.Empty.Add("cluster", "east"), status);

    private ClusterMember Other() => _table.Current.Members.Single(member => !member.IsLocal);
}
