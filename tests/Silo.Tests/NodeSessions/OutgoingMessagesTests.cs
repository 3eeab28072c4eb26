using Google.Protobuf;
using Mesh.Interfaces.NodeSession;
using Mesh.Silo.NodeSessions;

namespace Mesh.Silo.Tests.NodeSessions;

public sealed class OutgoingMessagesTests
{
    [Fact]
    public void TryTake_SameResourceSeveralTimes_OnlyTheLatestIsSent()
    {
        var outgoing = new OutgoingMessages();
        outgoing.Add(new Update { Upserts = { Resource("a", 1), Resource("b", 1), Resource("c", 1) } });
        outgoing.Add(new Update { Upserts = { Resource("a", 2) }, Removals = { "b" }, Complete = true });
        outgoing.Add(new Update { Removals = { "c" } });
        outgoing.Add(new Update { Upserts = { Resource("c", 3) } });
        Assert.True(outgoing.TryTake(out var message));
        Assert.Equal([("a", 2ul), ("c", 3ul)], message.Update.Upserts.Select(r => (r.Key, r.Version)));
        Assert.Equal(["b"], message.Update.Removals);
        Assert.True(message.Update.Complete);
        Assert.False(outgoing.TryTake(out _));
    }

    [Fact]
    public void TryTake_MoreThanAFrame_IsSplitAndCompleteOnlyAtTheEnd()
    {
        var outgoing = new OutgoingMessages();
        var update = new Update { Complete = true };
        for (var i = 0; i < 100; i++)
        {
            update.Upserts.Add(new Resource { Key = $"r{i}", Pod = new Pod { Name = new string('x', 100_000) } });
        }
        outgoing.Add(update);
        var keys = new List<string>();
        while (outgoing.TryTake(out var message))
        {
            Assert.True(message.CalculateSize() <= MessageFrame.MaxMessageBytes);
            keys.AddRange(message.Update.Upserts.Select(r => r.Key));
            Assert.Equal(keys.Count == 100, message.Update.Complete);
        }
        Assert.Equal(100, keys.Distinct().Count());
    }

    [Fact]
    public void TryTake_AnswersAndUpdates_AnswersGoFirstInTheirOrder()
    {
        var outgoing = new OutgoingMessages();
        outgoing.Add(new Update { Upserts = { Resource("a", 1) } });
        outgoing.AddAnswer(new SiloMessage { Certificate = new Certificate { Id = 1 } });
        outgoing.AddAnswer(new SiloMessage { Certificate = new Certificate { Id = 2 } });
        Assert.True(outgoing.TryTake(out var first));
        Assert.True(outgoing.TryTake(out var second));
        Assert.True(outgoing.TryTake(out var third));
        Assert.Equal((1ul, 2ul), (first.Certificate.Id, second.Certificate.Id));
        Assert.Equal("a", third.Update.Upserts[0].Key);
    }

    [Fact]
    public async Task WaitAsync_AddedAfterAnEmptyTake_Returns()
    {
        var outgoing = new OutgoingMessages();
        Assert.False(outgoing.TryTake(out _));
        var waiting = outgoing.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        outgoing.Add(new Update { Removals = { "a" } });
        await waiting;
        Assert.True(outgoing.TryTake(out _));
    }

    private static Resource Resource(string key, ulong version) => new() { Key = key, Version = version };
}
