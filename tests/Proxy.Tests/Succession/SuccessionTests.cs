using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.Cni;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Succession;
using Mesh.Proxy.Tests.DataPlane;
using Mesh.Testing;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Tests.Succession;

/// <summary>Processes of the node's proxy that follow one another, with traffic to a pod all the while. Needs root.</summary>
[Collection(nameof(EngineTests))]
public sealed class SuccessionTests : IAsyncLifetime
{
    private NodeWithPod _node = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await NodeWithPod.CreateAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Upgrade_UnderLoad_NoConnectionAndNoRequestFails()
    {
        var older = await ServingAsync("older");
        await using var load = new Load(_node, fresh: 4, kept: 4);
        await load.AdvancesAsync(200, Cancel);

        var newer = await ServingAsync("newer");
        await older.SaysAsync("another process has taken over", Cancel);
        await load.AdvancesAsync(200, Cancel);
        older.Terminate();
        await older.EndsAsync(Cancel);
        await load.AdvancesAsync(200, Cancel);
        await load.StopAsync();

        Assert.Empty(load.Failures);
        Assert.Equal(0, older.ExitCode);
        Assert.False(newer.HasExited);
    }

    [Fact]
    public async Task Upgrade_RequestInFlightAndOpaqueConnection_GoOnInTheOlderProcess()
    {
        var older = await ServingAsync("older");
        await using var held = await _node.ConnectAsync(NodeWithPod.HttpPort, Cancel);
        await held.WriteAsync("GET /held HTTP/1.1\r\nHost: bb\r\n\r\n"u8.ToArray(), Cancel);
        await Eventually.Holds(() => _node.Held == 1, TimeSpan.FromSeconds(20), () => "the application has no request", Cancel);
        await using var echo = await _node.ConnectAsync(NodeWithPod.EchoPort, Cancel);
        await EchoesAsync(echo, "before");

        await ServingAsync("newer");
        older.Terminate();
        await EchoesAsync(echo, "after");
        _node.Release();
        var (head, body) = await new WireReader(held).ReadResponseAsync(Cancel);

        Assert.Contains("connection: close", head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("hello", body);
        Assert.False(older.HasExited);
        await echo.DisposeAsync();
        await older.EndsAsync(Cancel);
    }

    [Fact]
    public async Task Upgrade_ConnectionLongerThanTheDrainTime_EndsWithIt()
    {
        var older = _node.Start("older", drainSeconds: 1);
        await older.SaysAsync("data plane started", Cancel);
        await ReadyAsync();
        await using var echo = await _node.ConnectAsync(NodeWithPod.EchoPort, Cancel);
        await EchoesAsync(echo, "before");

        await ServingAsync("newer");
        older.Terminate();
        await older.EndsAsync(Cancel);

        Assert.Equal(0, older.ExitCode);
        var end = await Record.ExceptionAsync(async () => Assert.Equal(0, await echo.ReadAsync(new byte[1], Cancel)));
        Assert.True(end is null or IOException, end?.ToString());
    }

    [Fact]
    public async Task Upgrade_NewerProcessDiesWhileItTakesOver_OlderGoesOnAndHandsOverToTheNext()
    {
        var older = await ServingAsync("older");
        await using var load = new Load(_node, fresh: 2, kept: 2);
        var files = new List<SafeFileHandle>();
        using (var channel = await SuccessionChannel.ConnectAsync(_node.Directory.Options().SuccessionSocket, Cancel))
        {
            await channel.SendAsync(new SuccessionMessage { Kind = SuccessionMessage.TakeOver, Text = "dies" }, Cancel);
            Assert.Equal(SuccessionMessage.Inheritance, (await channel.ReceiveAsync(files, Cancel)).Kind);
            await channel.SendAsync(new SuccessionMessage { Kind = SuccessionMessage.Next }, Cancel);
            Assert.Equal("bb-1", (await channel.ReceiveAsync(files, Cancel)).Enrolment!.Pod);
        }
        files.ForEach(file => file.Dispose());

        await older.SaysAsync("This one goes on", Cancel);
        await load.AdvancesAsync(200, Cancel);
        // The CNI socket is served again.
        HandoverClient.Ask(_node.Directory.Options().CniSocket, new HandoverRequest("DEL", "unknown", "", "", "", "", []), null);
        await ServingAsync("newer");
        older.Terminate();
        await older.EndsAsync(Cancel);
        await load.AdvancesAsync(200, Cancel);
        await load.StopAsync();

        Assert.Empty(load.Failures);
    }

    [Fact]
    public async Task Upgrade_PodsHandedOverMeanwhile_WaitForTheNewerProcess()
    {
        await ServingAsync("older");
        var files = new List<SafeFileHandle>();
        using var channel = await SuccessionChannel.ConnectAsync(_node.Directory.Options().SuccessionSocket, Cancel);
        await channel.SendAsync(new SuccessionMessage { Kind = SuccessionMessage.TakeOver }, Cancel);
        await channel.ReceiveAsync(files, Cancel);
        var asking = Task.Run(
            () => HandoverClient.Ask(_node.Directory.Options().CniSocket, new HandoverRequest("DEL", "x", "", "", "", "", []), null), Cancel);

        // Both descriptors are the same socket: whoever accepts, serves.
        using var listener = new Socket(Descriptors.ToSocket(files[1]));
        using var call = await listener.AcceptAsync(Cancel);

        Assert.False(asking.IsCompleted);
        files[0].Dispose();
        call.Dispose();
        await Assert.ThrowsAsync<CniException>(() => asking);
    }

    [Fact]
    public async Task OlderProcessKilled_NextOneServesFromDisk()
    {
        var older = await ServingAsync("older");
        older.Kill();
        var killed = TimeProvider.System.GetTimestamp();

        _node.Start("newer");
        await Eventually.Holds(AnswersAsync, TimeSpan.FromSeconds(30), () => "the pod is not reached", Cancel);

        TestContext.Current.SendDiagnosticMessage(
            $"from the kill to the first answer: {TimeProvider.System.GetElapsedTime(killed).TotalMilliseconds:0} ms");
        await ReadyAsync();
    }

    [Fact]
    public async Task NewerProcessKilledAfterItTookOver_OlderEndsSoThatItIsStartedAnew()
    {
        var older = await ServingAsync("older");
        var newer = await ServingAsync("newer");

        newer.Kill();

        await older.EndsAsync(Cancel);
        await ServingAsync("older");
    }

    [Fact]
    public async Task Serving_AsksForTheProcessOfThisPod()
    {
        await ServingAsync("older");

        using var own = ProxyProcess.Start(_node.Directory, "older", 0, 0, "serving");
        using var other = ProxyProcess.Start(_node.Directory, "newer", 0, 0, "serving");
        await own.EndsAsync(Cancel);
        await other.EndsAsync(Cancel);

        Assert.Equal((0, 1), (own.ExitCode, other.ExitCode));
        Assert.Contains("older serves, newer does not yet", other.Log, StringComparison.Ordinal);
    }

    private async Task<ProxyProcess> ServingAsync(string podName)
    {
        var process = _node.Start(podName);
        await Eventually.Holds(
            () => File.Exists(_node.Directory.Options().ServingFile) && ServingCommand.Run(
                _node.Directory.Options() with { PodName = podName }, TextWriter.Null) == 0,
            TimeSpan.FromSeconds(60), () => $"{podName} does not serve:\n{process.Log}", Cancel);
        await ReadyAsync();
        return process;
    }

    private async Task ReadyAsync()
    {
        using var client = new HttpClient();
        var last = "";
        await Eventually.Holds(
            async () =>
            {
                try
                {
                    last = await client.GetStringAsync(new Uri($"http://127.0.0.1:{_node.AdminPort}/live"), Cancel);
                    return true;
                }
                catch (HttpRequestException refused)
                {
                    last = refused.Message;
                    return false;
                }
            },
            TimeSpan.FromSeconds(60), () => last, Cancel);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var stream = await _node.ConnectAsync(NodeWithPod.HttpPort, Cancel);
            await stream.WriteAsync("GET / HTTP/1.1\r\nHost: bb\r\n\r\n"u8.ToArray(), Cancel);
            return (await new WireReader(stream).ReadResponseAsync(Cancel)).Body == "hello";
        }
        catch (Exception refused) when (refused is SocketException or IOException)
        {
            return false;
        }
    }

    private static async Task EchoesAsync(NetworkStream stream, string text)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), Cancel);
        Assert.Equal(text, await new WireReader(stream).ReadTextAsync(text.Length, Cancel));
    }
}
