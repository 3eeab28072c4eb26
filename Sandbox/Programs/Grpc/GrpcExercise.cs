using Grpc.Core;

namespace Mesh.Sandbox.Programs.Grpc;

/// <summary>Calls <see cref="EchoService"/> in every way there is, and says what became of it.</summary>
internal sealed class GrpcExercise(string url, TextWriter output)
{
    private const int Messages = 50;
    // Larger than the windows on the way.
    private const int LargeText = 700_000;
    private const double Patience = 60;
    private bool _allWell = true;

    /// <returns>Whether everything was as it should be.</returns>
    public async Task<bool> RunAsync()
    {
        using var channel = GrpcEcho.Connect(url);
        var client = new Echo.EchoClient(channel);
        await TryAsync("unary", UnaryAsync(client));
        await TryAsync("large messages", LargeAsync(client));
        await TryAsync("server streaming", ServerStreamingAsync(client));
        await TryAsync("client streaming", ClientStreamingAsync(client));
        await TryAsync("bidirectional", BidirectionalAsync(client));
        await TryAsync("at once", AtOnceAsync(client));
        await TryAsync("status", EndsWithAsync(client, new EchoRequest { Status = 9 }, Patience, StatusCode.FailedPrecondition));
        await TryAsync("deadline", EndsWithAsync(client, new EchoRequest { DelayMilliseconds = 60_000 }, 1, StatusCode.DeadlineExceeded));
        return _allWell;
    }

    private static async Task<string?> UnaryAsync(Echo.EchoClient client)
    {
        var reply = await client.SayAsync(new EchoRequest { Text = "hello" }, deadline: GrpcEcho.Deadline(Patience));
        return reply.Text == "hello" ? null : $"'{reply.Text}' came back";
    }

    private static async Task<string?> LargeAsync(Echo.EchoClient client)
    {
        var text = new string('x', LargeText);
        var reply = await client.SayAsync(new EchoRequest { Text = text }, deadline: GrpcEcho.Deadline(Patience));
        return reply.Text == text ? null : $"{reply.Text.Length} of {LargeText} characters came back";
    }

    private static async Task<string?> ServerStreamingAsync(Echo.EchoClient client)
    {
        var replies = 0;
        using var call = client.Repeat(
            new EchoRequest { Text = "again", Times = Messages, DelayMilliseconds = 20 }, deadline: GrpcEcho.Deadline(Patience));
        await foreach (var reply in call.ResponseStream.ReadAllAsync())
        {
            replies += reply.Text == "again" ? 1 : 0;
        }
        return replies == Messages ? null : $"{replies} of {Messages} replies";
    }

    private static async Task<string?> ClientStreamingAsync(Echo.EchoClient client)
    {
        using var call = client.Collect(deadline: GrpcEcho.Deadline(Patience));
        for (var i = 0; i < Messages; i++)
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Text = "ab" });
        }
        await call.RequestStream.CompleteAsync();
        var length = (await call).Text.Length;
        return length == 2 * Messages ? null : $"{length} of {2 * Messages} characters arrived";
    }

    private static async Task<string?> BidirectionalAsync(Echo.EchoClient client)
    {
        using var call = client.Chat(deadline: GrpcEcho.Deadline(Patience));
        for (var i = 0; i < Messages; i++)
        {
            // Each one waits for the answer to the one before: nothing on the way may hold a message back.
            await call.RequestStream.WriteAsync(new EchoRequest { Text = $"message {i}" });
            if (!await call.ResponseStream.MoveNext(CancellationToken.None) || call.ResponseStream.Current.Text != $"message {i}")
            {
                return $"no answer to message {i}";
            }
        }
        await call.RequestStream.CompleteAsync();
        return await call.ResponseStream.MoveNext(CancellationToken.None) ? "one answer too many" : null;
    }

    private static async Task<string?> AtOnceAsync(Echo.EchoClient client)
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 4 * Messages).Select(_ => UnaryAsync(client)));
        return Array.Find(results, result => result is not null);
    }

    private static async Task<string?> EndsWithAsync(Echo.EchoClient client, EchoRequest request, double seconds, StatusCode expected)
    {
        try
        {
            await client.SayAsync(request, deadline: GrpcEcho.Deadline(seconds));
            return "OK";
        }
        catch (RpcException ended) when (ended.StatusCode == expected)
        {
            return null;
        }
    }

    private async Task TryAsync(string what, Task<string?> attempt)
    {
        string? problem;
        try
        {
            problem = await attempt;
        }
        catch (RpcException ended)
        {
            problem = $"{(int)ended.StatusCode} {ended.StatusCode}: {ended.Status.Detail}";
        }
        _allWell &= problem is null;
        output.WriteLine($"{what}: {problem ?? "as it should be"}");
    }
}
