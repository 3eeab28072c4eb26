using System.Globalization;
using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Proxies;

/// <summary>Ours.</summary>
internal sealed class MeshPair(MeshMode mode = MeshMode.Http1) : Peer("Mesh.Orleans")
{
    public const string Verb = "proxy";

    public override bool WantsHttp2Backend => mode == MeshMode.Http2;

    protected override IReadOnlyList<string> Command(PairPlan plan, string role) => Lab.Self(
        Verb, role, Text(plan.Listen(role)), Text(plan.Upstream(role)), Path.GetDirectoryName(plan.Identities.Authority)!, mode.ToString());

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
