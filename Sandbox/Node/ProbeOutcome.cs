namespace Mesh.Sandbox.Node;

/// <summary>What one probe found.</summary>
/// <param name="Succeeded">Whether the container passed.</param>
/// <param name="Message">What it answered, for the event.</param>
internal readonly record struct ProbeOutcome(bool Succeeded, string Message);
