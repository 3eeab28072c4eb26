using System.Net;
using System.Net.Sockets;
using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Programs;

namespace Mesh.Sandbox.Tests.Programs;

public class SlowCookerTests
{
    [Fact]
    public async Task RunAsync_AgainstBb_CountsGoodRequests()
    {
        var (port, bb, stop) = StartBb();
        var output = new StringWriter();

        await new SlowCooker(
            SlowCookerOptions.Parse(["-qps", "200", "-totalRequests", "20", "-interval", "50ms", $"http://127.0.0.1:{port}"]), output, TimeProvider.System)
            .RunAsync(TestContext.Current.CancellationToken);

        await stop.CancelAsync();
        await bb;
        Assert.Contains("# end: total good=20 bad=0 failed=0", output.ToString());
        Assert.Matches(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +\d+/0/0 \d+ +\d+% 0\.05s", output.ToString());
    }

    [Fact]
    public async Task RunAsync_ServerFails_CountsBad()
    {
        var (port, bb, stop) = StartBb("--percent-failure=100");
        var output = new StringWriter();

        await new SlowCooker(SlowCookerOptions.Parse(["--qps=100", "--totalRequests=3", $"http://127.0.0.1:{port}"]), output, TimeProvider.System)
            .RunAsync(TestContext.Current.CancellationToken);

        await stop.CancelAsync();
        await bb;
        Assert.Contains("# end: total good=0 bad=3 failed=0", output.ToString());
    }

    [Fact]
    public async Task RunAsync_NobodyListens_CountsFailedAndSaysWhy()
    {
        var output = new StringWriter();

        await new SlowCooker(SlowCookerOptions.Parse(["--qps", "100", "--totalRequests", "2", $"http://127.0.0.1:{FreePort()}"]), output, TimeProvider.System)
            .RunAsync(TestContext.Current.CancellationToken);

        Assert.Contains("# end: total good=0 bad=0 failed=2", output.ToString());
        Assert.Contains("# failed: Connection refused", output.ToString());
    }

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("10s", 10)]
    [InlineData("1m30s", 90)]
    [InlineData("1.5h", 5400)]
    public void Duration_GoNotation_IsRead(string text, double seconds) => Assert.Equal(seconds, SlowCookerOptions.Duration(text).TotalSeconds);

    [Theory]
    [InlineData("http://x", "-qps", "0")]
    [InlineData("ftp://x")]
    [InlineData("--interval", "10", "http://x")]
    [InlineData("--nonsense", "http://x")]
    public void Parse_Nonsense_IsAUsageError(params string[] arguments) => Assert.Throws<UsageException>(() => SlowCookerOptions.Parse(arguments));

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static (int Port, Task Bb, CancellationTokenSource Stop) StartBb(params string[] flags)
    {
        var port = FreePort();
        var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var server = new BbServer(BbOptions.Parse(["terminus", $"--h1-server-port={port}", "--response-text=hello", .. flags]), TimeProvider.System);
        return (port, server.RunAsync(stop.Token), stop);
    }
}
