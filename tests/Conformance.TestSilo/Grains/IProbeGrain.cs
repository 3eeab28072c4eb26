using System.Collections.Immutable;

namespace Mesh.Conformance.TestSilo.Grains;

/// <summary>Shows everything the conformance tests look at. Its key begins with its cluster.</summary>
[Alias("test.IProbeGrain")]
public interface IProbeGrain : IGrainWithStringKey
{
    /// <summary>Where the activation is, and which one.</summary>
    [Alias("Where")]
    Task<Whereabouts> Where();

    [Alias("Increment")]
    Task<int> Increment();

    /// <summary>Reads, gives way, writes: loses updates when turns overlap.</summary>
    [Alias("IncrementSlowly")]
    Task<int> IncrementSlowly();

    [Alias("Echo")]
    Task<EverythingRecord> Echo(EverythingRecord value);

    [Alias("EchoDefault")]
    ValueTask<ImmutableArray<string>> EchoArray(ImmutableArray<string> value);

    /// <summary>Changes its argument and returns it.</summary>
    [Alias("Scribble")]
    Task<List<int>> Scribble(List<int> list);

    /// <summary>Puts bytes away without looking at them, and gives the same array back each time.</summary>
    [Alias("Keep")]
    Task<byte[]> Keep(byte[]? bytes);

    [Alias("Throw")]
    Task Throw(string kind, string message);

    /// <summary>Waits until cancelled, and remembers that it was.</summary>
    [Alias("WaitForCancellation")]
    Task WaitForCancellation(CancellationToken cancellationToken);

    [Orleans.Concurrency.AlwaysInterleave]
    [Alias("CancellationsSeen")]
    Task<int> CancellationsSeen();

    /// <summary>Waits until <see cref="Open"/> is called, on the same grain.</summary>
    [Alias("WaitForGate")]
    Task WaitForGate();

    [Orleans.Concurrency.ReadOnly]
    [Alias("ReadAtGate")]
    Task ReadAtGate();

    [Orleans.Concurrency.AlwaysInterleave]
    [Alias("Arrived")]
    Task<int> Arrived();

    [Orleans.Concurrency.AlwaysInterleave]
    [Alias("Open")]
    Task Open();

    [ResponseTimeout("00:00:01")]
    [Alias("CallBack")]
    Task CallBack(IProbeGrain other);

    [ResponseTimeout("00:00:01")]
    [Alias("CallYou")]
    Task CallYou(IProbeGrain other);

    [Orleans.Concurrency.OneWay]
    [Alias("Shout")]
    Task Shout(string text);

    [Alias("Heard")]
    Task<string[]> Heard();

    [Alias("StartTimer")]
    Task StartTimer(TimeSpan period, bool interleave);

    [Orleans.Concurrency.AlwaysInterleave]
    [Alias("Ticks")]
    Task<int> Ticks();

    [Alias("Leave")]
    Task Leave();

    [Alias("Subscribe")]
    Task Subscribe(IProbeObserver observer);

    [Alias("Notify")]
    Task Notify(string text);

    /// <summary>Passes a reference to itself to another grain, which calls it.</summary>
    [Alias("MeetThrough")]
    Task<string> MeetThrough(IProbeGrain other);

    [Alias("Introduce")]
    Task<string> Introduce(INamed named);

    /// <summary>Puts off its collection.</summary>
    [Alias("Pin")]
    Task Pin(TimeSpan time);

    [Alias("Blob")]
    Task<byte[]> Blob(int bytes);
}
