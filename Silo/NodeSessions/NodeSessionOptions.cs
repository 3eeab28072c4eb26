namespace Mesh.Silo.NodeSessions;

/// <summary>The times of a node session. They are the contract with the proxy and no settings; tests shorten them.</summary>
internal sealed class NodeSessionOptions
{
    /// <summary>How long the proxy may be silent; it sends a report each second.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After how long without anything to say the silo sends an empty update; well below the proxy's own silence timeout.
    /// </summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the proxy may take to accept one frame.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the session is made known again to its grain, which may have moved.</summary>
    public TimeSpan AttachInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The same while the grain does not answer.</summary>
    public TimeSpan AttachRetry { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>For how long the grain may not answer before the session ends, so that the proxy tries another silo.</summary>
    public TimeSpan AttachPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long to wait for a pod that the informer has not seen yet; node_session.proto says 2 s.</summary>
    public TimeSpan PodPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long one call to a grain may take.</summary>
    public TimeSpan GrainTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many questions of one proxy may wait for their answers; more is a broken proxy.</summary>
    public int MaxQuestions { get; init; } = 1024;
}
