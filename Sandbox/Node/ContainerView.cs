using Mesh.Kubernetes.Resources;

namespace Mesh.Sandbox.Node;

/// <summary>What is currently true of a container; an immutable view that status is made from.</summary>
internal sealed record ContainerView
{
    public required Container Spec { get; init; }

    /// <summary>Set while it does not run.</summary>
    public string? WaitingReason { get; init; } = "ContainerCreating";

    public string? WaitingMessage { get; init; }

    /// <summary>Set while it runs.</summary>
    public DateTimeOffset? RunningSince { get; init; }

    /// <summary>How it ended, when it is not to run again or has not been started again yet.</summary>
    public ContainerEnd? Ended { get; init; }

    /// <summary>How the run before ended.</summary>
    public ContainerEnd? Last { get; init; }

    public int RestartCount { get; init; }

    public string? ContainerId { get; init; }

    /// <summary>The startup probe has passed, or there is none.</summary>
    public bool Started { get; init; }

    public bool Ready { get; init; }

    public bool IsRunning => RunningSince is not null;

    /// <summary>It has ended for good.</summary>
    public bool IsFinished { get; init; }
}
