using System.Text;
using Mesh.Proxy.Logs;
using Mesh.Testing;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Tests.Logs;

public sealed class ConsoleLogsTests
{
    private static readonly EventId Event = new(2201);
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Log_Warning_IsOneLineWithTimeLevelCategoryAndEvent()
    {
        using var output = new MemoryStream();
        using (var logs = new ConsoleLogs(output, _time))
        {
            logs.CreateLogger("Mesh.Proxy.Some").LogWarning(Event, "what {Thing}", "happened");
        }

        Assert.Equal($"{_time.GetUtcNow():HH:mm:ss.fff} warn: Mesh.Proxy.Some[2201] what happened\n", Text(output));
    }

    [Fact]
    public void Log_TextWithLineEnds_StaysOneLine()
    {
        using var output = new MemoryStream();
        using (var logs = new ConsoleLogs(output, _time))
        {
            logs.CreateLogger("A").LogError(Event, new IOException("first\r\nsecond"), "said: {Text}", "x\n00:00:00.000 info: forged");
        }

        var line = Assert.Single(Text(output).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("fail: A[2201] said: x 00:00:00.000 info: forged", line, StringComparison.Ordinal);
        Assert.Contains("System.IO.IOException: first second", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Log_Debug_IsNotWritten()
    {
        using var output = new MemoryStream();
        using (var logs = new ConsoleLogs(output, _time))
        {
            logs.CreateLogger("A").LogDebug(Event, "detail");
        }

        Assert.Equal(0, output.Length);
    }

    [Fact]
    public void Log_ReaderStandsStill_NobodyWaitsAndTheLossIsTold()
    {
        using var output = new StandingStream();
        using (var logs = new ConsoleLogs(output, _time))
        {
            var logger = logs.CreateLogger("A");
            logger.LogInformation(Event, "first");
            output.Entered.Wait(TestContext.Current.CancellationToken);
            for (var i = 0; i < ConsoleLogs.MaxWaiting + 7; i++)
            {
                logger.LogInformation(Event, "line");
            }
            output.Go.Set();
        }

        var lines = output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1 + ConsoleLogs.MaxWaiting + 1, lines.Length);
        Assert.StartsWith("7 lines of the log are lost", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Log_ReaderGone_GoesOn()
    {
        using var output = new StandingStream { Failure = new IOException("Broken pipe") };
        output.Go.Set();
        using (var logs = new ConsoleLogs(output, _time))
        {
            logs.CreateLogger("A").LogInformation(Event, "first");
            output.Entered.Wait(TestContext.Current.CancellationToken);
        }

        Assert.Empty(output.Text);
    }

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());

    /// <summary>Writes when told to.</summary>
    private sealed class StandingStream : MemoryStream
    {
        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Go { get; } = new();

        public IOException? Failure { get; init; }

        public string Text => ConsoleLogsTests.Text(this);

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Entered.Set();
            Go.Wait();
            if (Failure is not null)
            {
                throw Failure;
            }
            base.Write(buffer);
        }

        protected override void Dispose(bool disposing)
        {
            Entered.Dispose();
            Go.Dispose();
            base.Dispose(disposing);
        }
    }
}
