using System.Globalization;
using Mesh.Benchmarks;
using Mesh.Benchmarks.Loads;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;
using Mesh.Benchmarks.Soak;

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
        case [SoakOptions.Verb, ..]:
            using (var interruption = new Interruption())
            {
                var violations = await SoakRun.RunAsync(SoakOptions.Parse(args.AsSpan(1)), Console.Out, interruption.Token);
                interruption.Token.ThrowIfCancellationRequested();
                return violations == 0 ? 0 : 1;
            }
        case ["--help" or "-h" or "help"]:
            Console.WriteLine($"{BenchOptions.Usage}\n\n{SoakOptions.Usage}");
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
