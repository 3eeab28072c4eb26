using System.Globalization;
using Mesh.Benchmarks;
using Mesh.Benchmarks.Loads;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;

// Without a verb: the benchmark. With one: a process that the benchmark has started.
try
{
    switch (args)
    {
        case [MeshPair.Verb, var role, var listen, var upstream, var certificates, var mode]:
            await new MeshProcess(
                role, int.Parse(listen, CultureInfo.InvariantCulture), int.Parse(upstream, CultureInfo.InvariantCulture),
                new Identities(certificates), Enum.Parse<MeshMode>(mode)).RunAsync();
            return 0;
        case [LoadVerb.Verb, ..]:
            return LoadVerb.Run(args.AsSpan(1)) ? 0 : 2;
        case ["--help" or "-h" or "help"]:
            Console.WriteLine(BenchOptions.Usage);
            return 0;
        default:
            return Bench.Run(BenchOptions.Parse(args));
    }
}
catch (BenchmarkException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Interrupted.");
    return 130;
}
