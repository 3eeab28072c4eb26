namespace Mesh.Silo.NodeSessions;

/// <summary>An HTTP status and one line that says what happened, why probably, and what to do.</summary>
internal sealed record NodeRefusal(int Status, string Reason);
