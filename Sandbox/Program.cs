using Mesh.Sandbox.Api;
using Mesh.Sandbox.Dns;
using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Network;
using Mesh.Sandbox.Node;
using Mesh.Sandbox.Programs;
using Mesh.Sandbox.Programs.Grpc;

// What runs for long handles its signals itself.
if (args is ["apiserver" or "bb" or "slow_cooker" or "grpc-echo" or "websocket-echo" or "node" or "dns", ..])
{
    try
    {
        return args[0] switch
        {
            "apiserver" => await ApiServerCommand.MainAsync(args[1..]),
            "bb" => await BbServer.MainAsync(args[1..]),
            "slow_cooker" => await SlowCooker.MainAsync(args[1..]),
            "grpc-echo" => await GrpcEcho.MainAsync(args[1..]),
            "websocket-echo" => await WebSocketEcho.MainAsync(args[1..]),
            "node" => await NodeAgent.MainAsync(args[1..]),
            _ => await ClusterDns.MainAsync(args[1..]),
        };
    }
    catch (Exception exception) when (exception is UsageException or SandboxException)
    {
        Console.Error.WriteLine($"{args[0]}: {exception.Message}");
        return exception is UsageException ? 2 : 1;
    }
}
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
try
{
    return args switch
    {
        ["up", .. var rest] => await SandboxCommands.UpAsync(rest, stop.Token),
        ["down", .. var rest] => await SandboxCommands.DownAsync(rest, stop.Token),
        ["status", .. var rest] => await SandboxCommands.StatusAsync(rest, stop.Token),
        ["cut", .. var rest] => await SandboxCommands.CutAsync(rest, stop.Token),
        ["loss", .. var rest] => await SandboxCommands.LossAsync(rest, stop.Token),
        ["api", .. var rest] => await ApiFaultCommands.RunAsync(rest, stop.Token),
        ["heal", .. var rest] => await SandboxCommands.HealAsync(rest, stop.Token),
        ["help" or "--help" or "-h"] => Help(Console.Out, 0),
        _ => Help(Console.Error, 2),
    };
}
catch (SandboxException exception)
{
    Console.Error.WriteLine($"sandbox: {exception.Message}");
    return 1;
}
catch (UsageException exception)
{
    Console.Error.WriteLine($"sandbox: {exception.Message}. `help` lists the commands.");
    return 2;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("sandbox: interrupted");
    return 130;
}

static int Help(TextWriter writer, int exitCode)
{
    writer.WriteLine(SandboxCommands.Usage);
    return exitCode;
}
