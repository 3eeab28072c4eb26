namespace Mesh.Sandbox.Node;

/// <summary>How one run of a container ended.</summary>
internal sealed record ContainerEnd(int ExitCode, string Reason, string? Message, DateTimeOffset StartedAt, DateTimeOffset FinishedAt, string ContainerId)
{
    private const int SignalBase = 128;

    public static ContainerEnd Of(int exitCode, DateTimeOffset startedAt, DateTimeOffset now, string containerId) =>
        new(exitCode, exitCode == 0 ? "Completed" : "Error", null, startedAt, now, containerId);

    public int? Signal => ExitCode is > SignalBase and < SignalBase + 65 ? ExitCode - SignalBase : null;
}
