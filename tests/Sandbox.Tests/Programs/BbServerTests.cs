using System.Net.Sockets;
using System.Text;
using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Programs;

namespace Mesh.Sandbox.Tests.Programs;

public class BbServerTests
{
    [Fact]
    public async Task RunAsync_PipelinedWithBodies_AnswersEach()
    {
        var port = SlowCookerTests.FreePort();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var server = new BbServer(BbOptions.Parse(["terminus", $"--h1-server-port={port}", "--response-text=hello\n"]), TimeProvider.System)
            .RunAsync(stop.Token);
        using var client = new TcpClient("127.0.0.1", port);
        var stream = client.GetStream();

        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            "GET / HTTP/1.1\r\nHost: x\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello" +
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\nConnection: close\r\n\r\n"),
            TestContext.Current.CancellationToken);
        var answers = await new StreamReader(stream).ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal(4, answers.Split("HTTP/1.1 200 OK").Length - 1);
        Assert.Contains("\"payload\":\"hello\\n\"", answers);
        await stop.CancelAsync();
        await server;
    }

    [Theory]
    [InlineData("point-to-point-channel")]
    [InlineData("terminus")]
    [InlineData("terminus", "--h1-server-port=0")]
    [InlineData("terminus", "--h1-server-port=80", "--percent-failure=101")]
    public void Parse_Nonsense_IsAUsageError(params string[] arguments) => Assert.Throws<UsageException>(() => BbOptions.Parse(arguments));
}
