using Mesh.Interfaces.NodeSession;
using Proto = Mesh.Interfaces.NodeSession.Authorization;

namespace Mesh.Benchmarks.Soak;

/// <summary>A client's node and a server's node, on loopback, in this process: services whose endpoints come and go.</summary>
internal sealed class SoakMesh : IAsyncDisposable
{
    public const string Namespace = "soak";
    public const string ClientAccount = "client";
    public const string StrangerAccount = "stranger";
    public const string ServerAccount = "server";
    public const string ClientIdentity = "client.soak.serviceaccount.identity.linkerd.cluster.local";
    public const string ServerIdentity = "server.soak.serviceaccount.identity.linkerd.cluster.local";

    // All let the client in, and nobody else who is here.
    private static readonly Proto[][] Policies =
    [
        [Identities("exactly", ClientIdentity)],
        [Identities("others", "nobody.soak.serviceaccount.identity.linkerd.cluster.local"), Identities("exactly", ClientIdentity)],
        [Identities("by-pattern", "*.elsewhere.serviceaccount.identity.linkerd.cluster.local", ClientIdentity)],
        [Elsewhere(), Identities("exactly", ClientIdentity)],
    ];

    public SoakMesh(BugLog log, Applications applications)
    {
        Client = new SoakNode("client-node", log);
        Server = new SoakNode("server-node", log);
        Http1 = new SoakService(this, "web1", ("10.99.0.1", 80), applications.Http1Port, Protocol.Detect);
        Http2 = new SoakService(this, "web2", ("10.99.0.2", 80), applications.Http2Port, Protocol.Detect);
        Bytes = new SoakService(this, "bytes", ("10.99.0.3", 6379), applications.EchoPort, Protocol.Opaque);
    }

    public SoakNode Client { get; }

    public SoakNode Server { get; }

    public SoakService Http1 { get; }

    public SoakService Http2 { get; }

    public SoakService Bytes { get; }

    public IReadOnlyList<SoakService> Services => [Http1, Http2, Bytes];

    public static IReadOnlyList<Proto> AnyPolicy(Random random) => Policies[random.Next(Policies.Length)];

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }

    private static Proto Identities(string name, params string[] identities) => new()
    {
        Kind = "authorizationpolicy",
        Name = name,
        Tls = TlsCondition.MeshTlsIdentities,
        Identities = { identities },
        Networks = { new Network { Cidr = "0.0.0.0/0" } },
    };

    private static Proto Elsewhere() => new()
    {
        Kind = "authorizationpolicy",
        Name = "elsewhere",
        Tls = TlsCondition.MeshTlsAny,
        Networks = { new Network { Cidr = "10.0.0.0/8" } },
    };
}
