namespace Mesh.Sandbox.Node;

/// <summary>What part of a log is wanted, and in which form.</summary>
internal sealed record LogRequest(bool Follow, bool Timestamps, int? TailLines, DateTimeOffset? Since, long? LimitBytes);
