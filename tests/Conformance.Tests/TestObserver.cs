using System.Collections.Concurrent;
using Mesh.Conformance.TestSilo.Grains;

namespace Mesh.Conformance.Tests;

/// <summary>Keeps what it was told.</summary>
internal sealed class TestObserver : IProbeObserver
{
    private int _running;

    public ConcurrentQueue<string> Texts { get; } = new();

    public bool Overlapped { get; private set; }

    public async Task OnText(string text)
    {
        Overlapped |= Interlocked.Increment(ref _running) > 1;
        await Task.Yield();
        Texts.Enqueue(text);
        Interlocked.Decrement(ref _running);
        if (text == "throw")
        {
            throw new ProbeException("the observer throws");
        }
    }
}
