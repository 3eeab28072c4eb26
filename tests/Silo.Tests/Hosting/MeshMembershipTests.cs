using System.Net;
using Mesh.Interfaces.Keys;
using Mesh.Silo.Hosting;
using Mesh.Silo.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Silo.Tests.Hosting;

public sealed class MeshMembershipTests
{
    private static readonly ClusterName West = new("west");

    [Fact]
    public void Changed_ClusterComesAndGoes_StaysKnown()
    {
        var members = new FakeMembers();
        using var membership = new MeshMembership(members, NullLogger<MeshMembership>.Instance);
        var calls = 0;
        using var failing = membership.Subscribe(() => throw new InvalidOperationException("a bug"));
        using var subscription = membership.Subscribe(() => calls++);
        Assert.False(membership.IsKnown(West));

        members.Current = [Silo("10.0.0.1:1", true), Silo("10.0.0.2:1", true)];
        Assert.True(membership.IsKnown(West) && membership.IsAlive(West));
        members.Current = [Silo("10.0.0.1:1", false), Silo("10.0.0.2:1", true)];
        Assert.Equal(1, calls);
        members.Current = [];
        Assert.True(membership.IsKnown(West));
        Assert.False(membership.IsAlive(West));
        Assert.Equal(2, calls);
        subscription.Dispose();
        members.Current = [Silo("10.0.0.1:1", true)];
        Assert.Equal(2, calls);
    }

    [Fact]
    public void Changed_ClusterOnlyHeardOf_IsNotKnown()
    {
        var members = new FakeMembers { Current = [new SiloMember(IPEndPoint.Parse("10.0.0.1:1"), "west", false, false)] };
        using var membership = new MeshMembership(members, NullLogger<MeshMembership>.Instance);
        Assert.False(membership.IsKnown(West));
    }

    private static SiloMember Silo(string address, bool alive) => new(IPEndPoint.Parse(address), "west", alive, alive);
}
