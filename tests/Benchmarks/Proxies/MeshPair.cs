using System.Globalization;
using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Proxies;

/// <summary>
/// Ours. <paramref name="opaque"/>: the port is marked opaque, so that connections are relayed byte for byte; <paramref name="http2"/>:
/// clients speak HTTP/2, and so does the backend.
/// </summary>
internal sealed class MeshPair(bool opaque = false, bool http2 = false) : Peer("Mesh.Orleans")
{
    public const string Verb = "proxy";

    public override bool WantsHttp2Backend => http2;

    protected override IReadOnlyList<string> Command(PairPlan plan, string role) => Lab.Self(
        Verb, role, Text(plan.Listen(role)), Text(plan.Upstream(role)), Path.GetDirectoryName(plan.Identities.Authority)!,
        opaque ? "opaque" : "detect");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
