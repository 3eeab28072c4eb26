using System.Text;
using Mesh.Proxy.AccessLogs;
using Mesh.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.AccessLogs;

public sealed class AccessLogWriterTests
{
    private static readonly byte[] Line = Encoding.ASCII.GetBytes(new string('x', 1023) + "\n");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Add_WhenNothingIsRead_DropsAndCountsAndDoesNotWait()
    {
        using var stuck = new StuckStream();
        using var writer = new AccessLogWriter(() => stuck, NullLogger.Instance);
        writer.Add(Line);
        await stuck.Reached.WaitAsync(TimeSpan.FromSeconds(10), Token);
        var room = AccessLogWriter.Capacity / Line.Length;
        for (var i = 0; i < room + 5; i++)
        {
            writer.Add(Line);
        }
        Assert.Equal(5, writer.Dropped);
        stuck.Release();
        await Eventually.Holds(
            () => stuck.Length == (room + 1L) * Line.Length, TimeSpan.FromSeconds(10), () => $"{stuck.Length} bytes were written", Token);
    }

    [Fact]
    public async Task Add_WhenWritingFails_CountsAndTriesAgain()
    {
        using var good = new MemoryStream();
        var opened = 0;
        using var writer = new AccessLogWriter(
            () => ++opened == 1 ? throw new IOException("No space left on device") : good, NullLogger.Instance);
        writer.Add(Line);
        await Eventually.Holds(() => writer.Dropped == 1, TimeSpan.FromSeconds(10), () => $"{writer.Dropped} are dropped", Token);
        writer.Add(Line);
        writer.Dispose();
        Assert.Equal(Line, good.ToArray());
    }

    [Fact]
    public void Dispose_WritesWhatWaits()
    {
        using var all = new MemoryStream();
        var writer = new AccessLogWriter(() => all, NullLogger.Instance);
        for (var i = 0; i < 100; i++)
        {
            writer.Add(Line);
        }
        writer.Dispose();
        Assert.Equal(100 * Line.Length, all.ToArray().Length);
        writer.Add(Line);
        Assert.Equal(1, writer.Dropped);
    }

    /// <summary>What every byte becomes: no byte of a value can end the line or the string it is in.</summary>
    [Fact]
    public void EveryByte_Escaped_IsPrintable()
    {
        for (var b = 0; b < 256; b++)
        {
            foreach (var text in new[] { new LogText().AddJson([(byte)b]), new LogText().AddQuoted([(byte)b]) })
            {
                Assert.Equal(-1, text.Bytes.IndexOfAnyExceptInRange((byte)' ', (byte)'~'));
                Assert.NotEqual("\"", Encoding.ASCII.GetString(text.Bytes));
            }
            byte[] quoted = [(byte)'"', .. new LogText().AddJson([(byte)b]).Bytes, (byte)'"'];
            Assert.Equal(((char)b).ToString(), System.Text.Json.JsonSerializer.Deserialize<string>(quoted));
        }
    }
}
