using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Network;

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
