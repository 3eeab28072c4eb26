using System.Collections.Immutable;

namespace Mesh.Sandbox.Node;

/// <summary>Everything needed to start one container.</summary>
internal sealed record ContainerLaunch
{
    public required ContainerPaths Paths { get; init; }

    /// <summary>File of the network namespace; null: the agent's own, which is the node's.</summary>
    public string? NetworkNamespace { get; init; }

    public required string Hostname { get; init; }

    public required ImmutableArray<string> Command { get; init; }

    /// <summary>The whole environment; nothing is inherited.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public string WorkingDirectory { get; init; } = "/";

    public ImmutableArray<ContainerMount> Mounts { get; init; } = [];

    public ImmutableArray<ContainerFile> Files { get; init; } = [];

    public long? User { get; init; }

    public long? Group { get; init; }

    public bool ReadOnlyRoot { get; init; }

    /// <summary>The only capabilities it may ever have, such as <c>NET_ADMIN</c>; null: all of them.</summary>
    public ImmutableArray<string>? Capabilities { get; init; }

    /// <summary>Whether programs it runs may have more rights than it has (setuid, file capabilities).</summary>
    public bool PrivilegeEscalation { get; init; } = true;
}
