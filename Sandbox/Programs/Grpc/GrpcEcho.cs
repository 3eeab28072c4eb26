using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Sandbox.Lifecycle;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Sandbox.Programs.Grpc;

/// <summary>
/// A gRPC server and clients for it, made with the usual library: <c>serve</c>, <c>say</c> (calls, one after the other, and how they
/// ended) and <c>exercise</c> (each way of calling once, checked).
/// </summary>
internal static class GrpcEcho
{
    public const string Usage =
        "grpc-echo serve --port=9090 | grpc-echo say --count=1 --fail-every=0 URL | grpc-echo exercise URL";

    /// <returns>0; 1 when a call ended otherwise than it should have.</returns>
    /// <exception cref="UsageException">The arguments are not understood.</exception>
    public static async Task<int> MainAsync(string[] arguments)
    {
        switch (arguments)
        {
            case ["serve", .. var flags]:
                await ServeAsync(new CommandLine(flags, ["port"], []).Number("port", 9090));
                return 0;
            case ["say", .. var flags, var url]:
                var line = new CommandLine(flags, ["count", "fail-every"], []);
                return await SayAsync(url, line.Number("count", 1), line.Number("fail-every", 0));
            case ["exercise", var url]:
                return await new GrpcExercise(url, Console.Out).RunAsync() ? 0 : 1;
            default:
                throw new UsageException(Usage);
        }
    }

    /// <summary>A channel without TLS, which the mesh adds.</summary>
    public static GrpcChannel Connect(string url) =>
        GrpcChannel.ForAddress(url, new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { UseProxy = false } });

    private static async Task ServeAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.IPv6Any, port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        await using var app = builder.Build();
        app.MapGrpcService<EchoService>();
        using var signal = new TerminationSignal();
        await app.StartAsync(signal.Token);
        Console.WriteLine($"gRPC server listening on port [{port}]");
        await app.WaitForShutdownAsync(signal.Token);
    }

    // A line per outcome and how often there was it.
    private static async Task<int> SayAsync(string url, int count, int failEvery)
    {
        using var channel = Connect(url);
        var client = new Echo.EchoClient(channel);
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var i = 1; i <= count; i++)
        {
            var fails = failEvery > 0 && i % failEvery == 0;
            var request = new EchoRequest { Text = "hello", Status = fails ? (int)StatusCode.Internal : 0 };
            string outcome;
            try
            {
                outcome = (await client.SayAsync(request, deadline: Deadline(20)).ResponseAsync).Text;
            }
            catch (RpcException ended)
            {
                outcome = $"{(int)ended.StatusCode} {ended.StatusCode}: {ended.Status.Detail}";
            }
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }
        foreach (var (outcome, times) in outcomes)
        {
            Console.WriteLine($"{times} x {outcome}");
        }
        return 0;
    }

    public static DateTime Deadline(double seconds) => TimeProvider.System.GetUtcNow().AddSeconds(seconds).UtcDateTime;
}
