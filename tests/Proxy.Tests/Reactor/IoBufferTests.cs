using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Tests.Reactor;

public sealed class IoBufferTests
{
    [Fact]
    public void Buffer_FilledAndConsumedAtRandom_KeepsItsBytesInOrder()
    {
        using var pool = new BufferPool();
        var buffer = new IoBuffer(pool);
        var random = new Random(2);
        byte next = 0;
        byte expected = 0;
        for (var i = 0; i < 20_000; i++)
        {
            if (random.Next(2) == 0)
            {
                var free = buffer.Free;
                var count = Math.Min(free.Length, random.Next(5000));
                for (var j = 0; j < count; j++)
                {
                    free[j] = next++;
                }
                buffer.Commit(count);
            }
            else
            {
                var count = Math.Min(buffer.Length, random.Next(5000));
                foreach (var value in buffer.Data[..count])
                {
                    Assert.Equal(expected++, value);
                }
                buffer.Consume(count);
            }
            if (random.Next(50) == 0)
            {
                buffer.Grow();
            }
            if (random.Next(20) == 0)
            {
                buffer.ReleaseIfEmpty();
            }
        }
        buffer.Release();
        Assert.Equal(0, pool.Rented);
    }

    [Fact]
    public void Append_OfMoreThanFits_AddsNothing()
    {
        using var pool = new BufferPool();
        var buffer = new IoBuffer(pool);
        Assert.True(buffer.TryAppend(new byte[60_000]));
        Assert.False(buffer.TryAppend(new byte[10_000]));
        Assert.Equal(60_000, buffer.Length);
        Assert.True(buffer.TryAppend(new byte[5_000]));
        buffer.Release();
        Assert.Equal(0, pool.Rented);
    }
}
