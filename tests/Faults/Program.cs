using Mesh.Faults;
using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;

using var interruption = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    interruption.Cancel();
};
try
{
    var options = FaultsOptions.Parse(args);
    if (options.Help)
    {
        Console.WriteLine(FaultsOptions.Usage);
        return 0;
    }
    var faults = FaultCatalog.Select(options);
    if (options.List)
    {
        foreach (var fault in faults)
        {
            Console.WriteLine($"{fault.Name,-28} {fault.Promise}");
        }
        return 0;
    }
    if (!Environment.IsPrivilegedProcess)
    {
        throw new FaultException("Network namespaces are made for this, which takes root. Run it with sudo.");
    }
    await using var clusters = new FaultClusters(options, Console.Error);
    await clusters.UpAsync(interruption.Token);
    var failed = 0;
    Console.WriteLine(FaultResult.Header);
    foreach (var fault in faults)
    {
        var result = await FaultRunner.RunAsync(fault, clusters, options, interruption.Token);
        Console.WriteLine(result);
        failed += result.Held ? 0 : 1;
    }
    return failed == 0 ? 0 : 1;
}
catch (FaultException failure)
{
    Console.Error.WriteLine($"faults: {failure.Message}");
    return 2;
}
catch (OperationCanceledException) when (interruption.IsCancellationRequested)
{
    Console.Error.WriteLine("faults: interrupted");
    return 130;
}
