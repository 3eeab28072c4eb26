using System.Globalization;
using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Loads;

/// <summary>The load tools that Debian lacks, each a process of its own: <c>load rate|connections|idle|up|down|bulk-server …</c>.</summary>
internal static class LoadVerb
{
    public const string Verb = "load";

    /// <summary>In such a process.</summary>
    /// <returns>False when the arguments are not understood.</returns>
    public static bool Run(ReadOnlySpan<string> arguments)
    {
        switch (arguments)
        {
            case ["rate", var port, var path, var connections, var rate, var seconds]:
                Console.WriteLine(OpenLoop.Run(Number(port), path, Number(connections), Number(rate), Seconds(seconds)));
                return true;
            case ["connections", var port, var path, var clients, var seconds]:
                Console.WriteLine(NewConnections.Run(Number(port), path, Number(clients), Seconds(seconds)));
                return true;
            case ["idle", var port, var path, var count]:
                IdleConnections.Hold(Number(port), path, Number(count));
                return true;
            case ["up", var port, var seconds]:
                Console.WriteLine(Bulk.Run(Number(port), Bulk.Up, Seconds(seconds)));
                return true;
            case ["down", var port, var seconds]:
                Console.WriteLine(Bulk.Run(Number(port), Bulk.Down, Seconds(seconds)));
                return true;
            case ["bulk-server", var port]:
                Bulk.Serve(Number(port));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Runs such a process to its end.</summary>
    public static LoadResult Start(Lab lab, TimeSpan duration, params ReadOnlySpan<string> arguments)
    {
        string[] all = [Verb, .. arguments, duration.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture)];
        return LoadResult.Parse(ChildProcess.Run(Lab.Self(all), duration + TimeSpan.FromSeconds(20), lab.Interruption));
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(Number(text));
}
