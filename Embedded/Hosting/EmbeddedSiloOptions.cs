using System.Net;
using System.Reflection;
using Orleans.Embedded.Membership;

namespace Orleans.Embedded.Hosting;

/// <summary>How an embedded silo runs.</summary>
public sealed class EmbeddedSiloOptions
{
    /// <summary>Where to listen for other silos. Port 0 takes a free one. Default: loopback, 11111, Orleans' usual silo port.</summary>
    public IPEndPoint ListenEndPoint { get; set; } = new(IPAddress.Loopback, 11111);

    /// <summary>Where the others find this silo; needed when it listens on all addresses. Default: where it listens.</summary>
    public IPEndPoint? AdvertisedEndPoint { get; set; }

    /// <summary>
    /// The silo's name, which a restarted silo should have again, together with its metadata <see cref="ClusterMember.ClusterKey"/>: the
    /// new life then replaces the old one in everybody's list even if its address changed. Default: the advertised address.
    /// </summary>
    public string? Name { get; set; }

    /// <summary>Silos with another id do not talk to this one. Default: "default", as with Microsoft's engine.</summary>
    public string ClusterId { get; set; } = "default";

    /// <summary>What the silo says of itself, such as <see cref="ClusterMember.ClusterKey"/>; <c>UseSiloMetadata</c> adds to it.</summary>
    public Dictionary<string, string> Metadata { get; } = [];

    /// <summary>Where other silos may be; services of type <see cref="ISeedProvider"/> are asked too. Default: none, a silo alone.</summary>
    public ISeedProvider? Seeds { get; set; }

    /// <summary>Mutual TLS between silos. Null, the default, sends plaintext, which is allowed on loopback addresses only.</summary>
    public EmbeddedTlsOptions? Tls { get; set; }

    /// <summary>How often each silo is asked whether it lives. Default: 1 s.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a silo may be silent before it counts as dead. Default: 5 s, which rides out a busy machine.</summary>
    public TimeSpan DeadAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a silo may take to accept a connection. Default: 1 s; silos are on one flat network.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often seeds are asked for. Default: 2 s, so that a link to a new cluster works soon after it is made.</summary>
    public TimeSpan SeedInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a starting silo tries to find the others before it takes grains on its own. Default: 3 s.</summary>
    public TimeSpan JoinTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a stopping silo waits for its grains to end. Default: 10 s.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest request or answer. Default: 16 MiB; longer ones fail on the sending side.</summary>
    public int MaxFrameBytes { get; set; } = 16 << 20;

    /// <summary>The assemblies with grains and their interfaces. Default: those of the program that refer to this engine.</summary>
    public IReadOnlyCollection<Assembly>? ApplicationAssemblies { get; set; }
}
