using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Proxies;

/// <summary>The backend alone: what the load generator sees without any proxy.</summary>
internal sealed class NoProxy() : Peer("no proxy")
{
    public override ProxyPair Start(Lab lab, int backendPort) => new(backendPort);

    protected override IReadOnlyList<string> Command(PairPlan plan, string role) => [];
}
