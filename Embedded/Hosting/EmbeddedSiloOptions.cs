using System.Net;

namespace Orleans.Embedded.Hosting;

/// <summary>How an embedded silo runs.</summary>
public sealed class EmbeddedSiloOptions
{
    /// <summary>Where to listen for other silos. Port 0 takes a free one. Default: loopback, 11111, Orleans' usual silo port.</summary>
    public IPEndPoint ListenEndPoint { get; set; } = new(IPAddress.Loopback, 11111);

    /// <summary>Where the others find this silo; needed when it listens on all addresses. Default: where it listens.</summary>
    public IPEndPoint? AdvertisedEndPoint { get; set; }

    /// <summary>
    /// The silo's name, which a restarted silo should have again, together with its metadata <c>cluster</c>: the new life then replaces
    /// the old one in everybody's list even if its address changed. Default: the advertised address.
    /// </summary>
    public string? Name { get; set; }

    /// <summary>What the silo says of itself, such as <c>cluster</c>.</summary>
    public Dictionary<string, string> Metadata { get; } = [];
}
