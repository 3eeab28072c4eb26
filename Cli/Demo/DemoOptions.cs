namespace Mesh.Cli.Demo;

/// <summary>How <c>mesh demo</c> runs.</summary>
internal sealed record DemoOptions
{
    /// <summary>Tear everything down at the end instead of waiting for Ctrl-C; the exit code says whether every expectation held.</summary>
    public bool Exit { get; init; }

    /// <summary>Return at the end and leave the clusters up.</summary>
    public bool LeaveUp { get; init; }

    /// <summary>
    /// The sandbox's state folder, for a demo beside another sandbox; its kubeconfig is used and the user's own is left alone. Null: the
    /// sandbox's default, with its contexts merged into the user's kubeconfig.
    /// </summary>
    public string? State { get; init; }

    /// <summary>What the sandbox's network namespaces are called; null: the sandbox's default.</summary>
    public string? Prefix { get; init; }

    /// <summary>Whether pods get IPv6 addresses too, and Services can.</summary>
    public bool DualStack { get; init; }
}
