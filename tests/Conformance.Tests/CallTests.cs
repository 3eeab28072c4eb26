using System.Collections.Immutable;
using Mesh.Conformance.TestSilo.Grains;
using Mesh.Testing;

namespace Mesh.Conformance.Tests;

/// <summary>What calls mean, from the same silo and from another one.</summary>
public sealed class CallTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    /// <summary>Which silo calls: 0 is the grain's own, 1 is another.</summary>
    public static TheoryData<int> Callers => [0, 1];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync("east-0", "west-0");

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Call_RecordWithEverything_ArrivesEqual(int caller)
    {
        var grain = Probe(caller);
        var inner = new EverythingRecord(
            "inner", default, ImmutableSortedDictionary<string, ImmutableArray<int>>.Empty, ImmutableDictionary<PointKey, string>.Empty,
            [], Guid.Empty, Colour.Red, 0, null, default, double.NaN, null, null, default);
        var sent = new EverythingRecord(
            "text \u2028 \"quoted\"",
            [new PointKey(1, "a"), new PointKey(2, "b")],
            ImmutableSortedDictionary<string, ImmutableArray<int>>.Empty.Add("k", [1, 2]).Add("l", []),
            ImmutableDictionary<PointKey, string>.Empty.Add(new PointKey(3, "c"), "three"),
            [1, 2, 255],
            Guid.NewGuid(),
            Colour.Green,
            ulong.MaxValue,
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)),
            TimeSpan.FromTicks(12345678901),
            0.1,
            inner,
            grain,
            (5, "five"))
        { Extra = "extra" }.WithSecret(42);

        var received = await grain.Echo(sent);

        Assert.Equal(sent.Text, received.Text);
        Assert.Equal(sent.Points, received.Points);
        Assert.Equal([1, 2], received.Sorted["k"]);
        Assert.Empty(received.Sorted["l"]);
        Assert.Equal("three", received.ByPoint[new PointKey(3, "c")]);
        Assert.Equal(sent.Bytes, received.Bytes);
        Assert.Equal(sent.Id, received.Id);
        Assert.Equal(Colour.Green, received.Colour);
        Assert.Equal(ulong.MaxValue, received.Version);
        Assert.Equal(sent.When, received.When);
        Assert.Equal(sent.Duration, received.Duration);
        Assert.Equal(0.1, received.Number);
        Assert.True(received.Nested!.Points.IsDefault);
        Assert.True(double.IsNaN(received.Nested.Number));
        Assert.Equal(sent.Grain, received.Grain);
        Assert.Equal((5, "five"), received.Tuple);
        Assert.Equal("extra", received.Extra);
        Assert.Equal(42, received.Secret());
    }

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Call_DefaultImmutableArray_StaysDefault(int caller) =>
        Assert.True((await Probe(caller).EchoArray(default)).IsDefault);

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Call_MutableArgumentAndResult_AreCopies(int caller)
    {
        var list = new List<int> { 1 };
        var returned = await Probe(caller).Scribble(list);
        Assert.Equal([1], list);
        Assert.Equal([1, -1], returned);

        var bytes = new byte[] { 1, 2 };
        var kept = await Probe(caller).Keep(bytes);
        bytes[0] = 9;
        kept[1] = 9;
        Assert.Equal([1, 2], await Probe(caller).Keep(null));
    }

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Call_TypeWithoutGenerateSerializer_FailsAndNamesTheType(int caller)
    {
        // One engine refuses the value, the other already the reference.
        var error = await Assert.ThrowsAnyAsync<Exception>(
            () => _cluster[caller].Grains.GetGrain<IUnmarkedGrain>("east/unmarked").Take(new UnmarkedRecord("x")));
        Assert.Contains(nameof(UnmarkedRecord), error.Message);
    }

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Call_GrainThrows_TypeMessageAndInnerArrive(int caller)
    {
        var own = await Assert.ThrowsAsync<ProbeException>(() => Probe(caller).Throw("own", "broken"));
        Assert.Equal("broken", own.Message);
        Assert.IsType<InvalidOperationException>(own.InnerException);
        Assert.Contains(nameof(ProbeGrain.Throw), own.StackTrace);

        var argument = await Assert.ThrowsAsync<ArgumentNullException>(() => Probe(caller).Throw("argument", "missing"));
        Assert.Contains("missing", argument.Message);
    }

    [Fact]
    public async Task Call_GrainElsewhereThrowsWhatCannotBeMade_TextIsKept()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Probe(1).Throw("stubborn", ""));
        Assert.Equal("code 7", error.Message);
    }

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Call_TokenCancelled_CallerGoesOnAndGrainIsTold(int caller)
    {
        var grain = Probe(caller);
        using var source = new CancellationTokenSource();
        var waiting = grain.WaitForCancellation(source.Token);
        // The grain is busy; only an interleaving method shows that it has begun.
        await Eventually.Holds(async () => await grain.Arrived() == 1, Second(10), () => "the call did not begin", Cancelled);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Eventually.Holds(async () => await grain.CancellationsSeen() == 1, Second(10), () => "the grain was not told", Cancelled);
    }

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Call_ManyAtOnce_TurnsDoNotOverlap(int caller)
    {
        var grain = Probe(caller);
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => grain.IncrementSlowly()));
        Assert.Equal(Enumerable.Range(1, 50), results.Order());
    }

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Call_ReadOnlyMethods_RunInterleavedAndHoldUpOthers(int caller)
    {
        var grain = Probe(caller);
        var readers = new[] { grain.ReadAtGate(), grain.ReadAtGate() };
        await Eventually.Holds(async () => await grain.Arrived() == 2, Second(10), () => "the readers do not interleave", Cancelled);
        var writer = grain.Increment();
        Assert.False(writer.IsCompleted);
        await grain.Open();
        await Task.WhenAll(readers);
        Assert.Equal(1, await writer);
    }

    [Fact]
    public async Task Call_ReentrantGrainCallsItself_Answers() =>
        Assert.Equal(5, await _cluster[0].Grains.GetGrain<IReentrantGrain>(Guid.NewGuid()).Recurse(5));

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Call_DeadlockedChain_TimesOut(int caller)
    {
        var other = _cluster[caller].Grains.GetGrain<IProbeGrain>("west/other");
        var error = await Assert.ThrowsAsync<TimeoutException>(() => Probe(caller).CallYou(other));
        Assert.Contains("00:00:01", error.Message);
    }

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Call_OneWay_ReturnsAtOnceAndFailureIsNotSeen(int caller)
    {
        var grain = Probe(caller);
        await grain.Shout("fail");
        await grain.Shout("hello");
        await Eventually.Holds(
            async () => (await grain.Heard()).Order().SequenceEqual(["fail", "hello"]), Second(10), () => "not heard", Cancelled);
    }

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Reference_PassedAsArgument_CallsTheSameGrain(int caller)
    {
        var other = _cluster[caller].Grains.GetGrain<IProbeGrain>("west/other");
        Assert.Equal("east/probe", await Probe(caller).MeetThrough(other));
    }

    [Fact]
    public void Reference_SameGrain_IsEqualAcrossInterfacesAndSilos()
    {
        var one = Probe(0);
        var two = Probe(1);
        Assert.Equal(one, two);
        Assert.Equal(one.GetHashCode(), two.AsReference<INamed>().GetHashCode());
        Assert.True((GrainReference)one == (GrainReference)(object)two.AsReference<INamed>());
        Assert.Equal("east/probe", one.GetPrimaryKeyString());
    }

    [Fact]
    public async Task Activate_Throws_CallerGetsTheExceptionAndTheNextCallTriesAgain()
    {
        var grain = _cluster[0].Grains.GetGrain<IFailingGrain>(1000 + Random.Shared.Next(1000) * 2);
        var error = await Assert.ThrowsAsync<ProbeException>(grain.Do);
        Assert.Equal("not today", error.Message);
        Assert.Equal(grain.GetPrimaryKeyLong(), await grain.Do());
    }

    [Fact]
    public async Task Leave_DeactivatesAndTheNextCallFindsANewActivation()
    {
        var grain = Probe(1);
        var first = await grain.Where();
        await grain.Leave();
        Assert.NotEqual(first.Activation, (await grain.Where()).Activation);
    }

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Timer_Ticks_AlsoAfterAFailingTick(int caller)
    {
        var grain = Probe(caller);
        await grain.StartTimer(TimeSpan.FromMilliseconds(10), interleave: false);
        await Eventually.Holds(async () => await grain.Ticks() >= 3, Second(10), () => "no ticks", Cancelled);
    }

    [Fact]
    public async Task Timer_GrainBusy_OnlyAnInterleavingOneTicks()
    {
        var patient = Probe(0);
        await patient.StartTimer(TimeSpan.FromMilliseconds(5), interleave: false);
        var busy = patient.WaitForGate();
        var before = await patient.Ticks();
        var pushy = _cluster[0].Grains.GetGrain<IProbeGrain>("east/pushy");
        await pushy.StartTimer(TimeSpan.FromMilliseconds(5), interleave: true);
        var alsoBusy = pushy.WaitForGate();
        await Eventually.Holds(async () => await pushy.Ticks() >= 3, Second(10), () => "no interleaved ticks", Cancelled);
        Assert.InRange(await patient.Ticks(), before, before + 1);
        await patient.Open();
        await pushy.Open();
        await Task.WhenAll(busy, alsoBusy);
    }

    private static TimeSpan Second(int seconds) => TimeSpan.FromSeconds(seconds);

    private IProbeGrain Probe(int caller) => _cluster[caller].Grains.GetGrain<IProbeGrain>("east/probe");
}
