using System.Net;
using System.Net.WebSockets;
using Mesh.Sandbox.Lifecycle;

namespace Mesh.Sandbox.Programs;

/// <summary>A WebSocket server that sends every message back (<c>serve</c>), and a client that tries it (<c>exercise</c>).</summary>
internal static class WebSocketEcho
{
    public const string Usage = "websocket-echo serve --port=8080 | websocket-echo exercise URL";
    private static readonly int[] Lengths = [0, 1, 125, 126, 1000, 65_535, 65_536, 1_000_000];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <returns>0; 1 when a message did not come back as it was sent.</returns>
    /// <exception cref="UsageException">The arguments are not understood.</exception>
    public static async Task<int> MainAsync(string[] arguments)
    {
        switch (arguments)
        {
            case ["serve", .. var flags]:
                await ServeAsync(new CommandLine(flags, ["port"], []).Number("port", 8080));
                return 0;
            case ["exercise", var url]:
                return await ExerciseAsync(new Uri(url)) ? 0 : 1;
            default:
                throw new UsageException(Usage);
        }
    }

    private static async Task ServeAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.IPv6Any, port));
        await using var app = builder.Build();
        app.UseWebSockets();
        app.Run(async context =>
        {
            if (!context.WebSockets.IsWebSocketRequest)
            {
                context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
                return;
            }
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await EchoAsync(socket, context.RequestAborted);
        });
        using var signal = new TerminationSignal();
        await app.StartAsync(signal.Token);
        Console.WriteLine($"WebSocket server listening on port [{port}]");
        await app.WaitForShutdownAsync(signal.Token);
    }

    private static async Task EchoAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var block = new byte[16 * 1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(block.AsMemory(), cancellationToken);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "goodbye", cancellationToken);
                return;
            }
            await socket.SendAsync(block.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, cancellationToken);
        }
    }

    private static async Task<bool> ExerciseAsync(Uri url)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(url, limit.Token);
        foreach (var length in Lengths)
        {
            var message = new byte[length];
            Random.Shared.NextBytes(message);
            // At the same time: neither side reads ahead without bounds.
            var sending = socket.SendAsync(message.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, limit.Token).AsTask();
            var answer = await ReceiveAsync(socket, length, limit.Token);
            await sending;
            if (!answer.AsSpan().SequenceEqual(message))
            {
                Console.WriteLine($"a message of {length} bytes came back changed");
                return false;
            }
        }
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", limit.Token);
        Console.WriteLine($"{Lengths.Length} messages came back, closed with {socket.CloseStatus}: {socket.CloseStatusDescription}");
        return socket.CloseStatus == WebSocketCloseStatus.NormalClosure;
    }

    private static async Task<byte[]> ReceiveAsync(WebSocket socket, int length, CancellationToken cancellationToken)
    {
        // One byte more than there should be, so that too much is noticed.
        var block = new byte[length + 1];
        var count = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(block.AsMemory(count), cancellationToken);
            count += received.Count;
            if (received.EndOfMessage || count == block.Length)
            {
                return block[..count];
            }
        }
    }
}
