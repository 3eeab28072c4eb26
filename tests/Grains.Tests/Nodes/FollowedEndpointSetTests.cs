using Mesh.Grains.Nodes;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.Keys;
using Mesh.Testing;

namespace Mesh.Grains.Tests.Nodes;

public sealed class FollowedEndpointSetTests
{
    private static readonly ServiceKey Bb = ServiceKey.Parse("east/mc-demo/bb");

    [Fact]
    public void TryTake_SequenceGoesBackwards_IsRefused()
    {
        var followed = Follow(said => said);
        Assert.True(followed.TryTake(Set(version: 1, sequence: 10)));
        Assert.False(followed.TryTake(Set(version: 2, sequence: 9)));
        Assert.False(followed.TryTake(Set(version: 3, sequence: 10)));
        Assert.Equal(1ul, followed.Snapshot!.Version);
    }

    [Fact]
    public void TryTake_NotAccepted_LeavesWhatWasKnown()
    {
        var followed = Follow(said => said.Version == 2 ? null : said);
        Assert.True(followed.TryTake(Set(version: 1, sequence: 10)));
        Assert.False(followed.TryTake(Set(version: 2, sequence: 11)));
        Assert.Equal(1ul, followed.Snapshot!.Version);
    }

    [Fact]
    public async Task Renew_AnswerNotAccepted_LeavesWhatWasKnown()
    {
        var asked = 0;
        var answer = Set(version: 1, sequence: 10);
        var followed = new FollowedEndpointSet(
            Bb,
            _ =>
            {
                asked++;
                return Task.FromResult<EndpointSetSnapshot?>(answer);
            },
            said => said.Version == 2 ? null : said, TimeProvider.System);
        await RenewedAsync();
        answer = Set(version: 2, sequence: 11);
        await RenewedAsync();
        await RenewedAsync();
        Assert.Equal(1ul, followed.Snapshot!.Version);

        Task RenewedAsync()
        {
            var before = asked;
            return Eventually.Holds(
                () =>
                {
                    followed.Renew(() => { }, _ => { });
                    return asked > before && followed.Snapshot is not null;
                },
                TimeSpan.FromSeconds(10), () => $"asked {asked} times", TestContext.Current.CancellationToken);
        }
    }

    private static FollowedEndpointSet Follow(Func<EndpointSetSnapshot, EndpointSetSnapshot?> judge) =>
        new(Bb, _ => Task.FromResult<EndpointSetSnapshot?>(null), judge, new ManualTimeProvider());

    private static EndpointSetSnapshot Set(ulong version, long sequence) => new(Bb, version, true, [], [], sequence);
}
