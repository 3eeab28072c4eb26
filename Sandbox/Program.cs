using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Network;
using Mesh.Sandbox.Programs;

// The programs of the guide's images handle their signals themselves.
if (args is ["bb" or "slow_cooker", ..])
{
    try
    {
        return args[0] == "bb" ? await BbServer.MainAsync(args[1..]) : await SlowCooker.MainAsync(args[1..]);
    }
    catch (UsageException exception)
    {
        Console.Error.WriteLine($"{args[0]}: {exception.Message}");
        return 2;
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
