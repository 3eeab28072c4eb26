namespace Mesh.Proxy.Admin;

/// <summary>What a client of the admin port can take up. On the host's network anybody who reaches the node reaches it.</summary>
internal sealed record AdminLimits
{
    /// <summary>Open at once; the oldest is closed for one more, so that idle ones never keep a probe out. A node has two or three clients.</summary>
    public int Connections { get; init; } = 32;

    /// <summary>Of a request's head, in bytes. The kubelet's and Prometheus' have 200 to 500.</summary>
    public int HeadBytes { get; init; } = 4096;

    /// <summary>From accepting a connection to its end. Prometheus gives up after 10 s by default.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(10);
}
