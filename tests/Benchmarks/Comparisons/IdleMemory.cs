using System.Globalization;
using Mesh.Benchmarks.Loads;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;
using Mesh.Benchmarks.Results;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>
/// Resident memory of a proxy per connection at rest, which is memory beyond what the kernel has for its sockets. As byte streams every
/// connection has its own TLS connection between the proxies, and both processes count, half each; as HTTP the client-side proxy holds just
/// the plaintext connection, and only it counts.
/// </summary>
internal sealed class IdleMemory(string what, bool tls, Peer ours, params IReadOnlyList<Contender> contenders)
    : Comparison($"memory per idle {what} connection, {Connections} open", "bytes", ours, contenders)
{
    // Two descriptors for each, of the 20,000 that a process may have on many systems.
    private const int Connections = 9_000;
    private const double PlaintextBound = 1024;
    private const int WarmUpClients = 16;
    private static readonly TimeSpan WarmUpDuration = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan OpeningLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    public override bool NeedsFreshPair => true;

    public override int Rounds(int wanted) => Math.Min(wanted, 2);

    public override int BackendPort(Backends backends, Peer peer) => backends.Http.Http1Port;

    public override IEnumerable<FigureResult> Conclude(IReadOnlyList<IReadOnlyList<Sample>> rounds) => tls
        ? base.Conclude(rounds)
        : base.Conclude(rounds).Append(FigureResult.OfValue(
            $"{Figure}, {Unit}", FigureResult.Median(rounds.Select(round => round[0].Value)), PlaintextBound));

    // Connections that come and go, few at a time: code that is compiled again when it turns out to be hot, as .NET's is, is no connection's
    // memory, and what many connections at once would leave behind must not be there to be used again.
    public override void WarmUp(Lab lab, ProxyPair pair) => LoadVerb.Start(
        lab, WarmUpDuration, "connections", pair.Port.ToString(CultureInfo.InvariantCulture), NginxBackend.Small,
        WarmUpClients.ToString(CultureInfo.InvariantCulture));

    public override Sample Measure(Lab lab, ProxyPair pair)
    {
        lab.Interruption.Wait(Rest);
        var client = pair.ClientResidentBytes;
        var server = pair.ServerResidentBytes;
        using var held = Hold(lab, pair);
        lab.Interruption.Wait(Rest);
        client = (pair.ClientResidentBytes - client) / Connections;
        server = (pair.ServerResidentBytes - server) / Connections;
        return new Sample(
            tls ? (client + server) / 2 : client,
            string.Create(CultureInfo.InvariantCulture, $"client side {client / 1024:F1} KB, server side {server / 1024:F1} KB"));
    }

    private static ChildProcess Hold(Lab lab, ProxyPair pair)
    {
        var holder = ChildProcess.Start(
            Lab.Self(
                LoadVerb.Verb, "idle", pair.Port.ToString(CultureInfo.InvariantCulture), NginxBackend.Small,
                Connections.ToString(CultureInfo.InvariantCulture)),
            Path.Combine(lab.Folder("idle"), "log"));
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        try
        {
            while (holder.LogTail != IdleConnections.Ready)
            {
                if (holder.HasEnded || time.GetElapsedTime(start) > OpeningLimit)
                {
                    throw new BenchmarkException($"{Connections} connections could not be opened: {holder.LogTail} {pair.Logs}");
                }
                lab.Interruption.Wait(TimeSpan.FromMilliseconds(100));
            }
            return holder;
        }
        catch
        {
            holder.Dispose();
            throw;
        }
    }
}
