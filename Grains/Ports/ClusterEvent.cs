namespace Mesh.Grains.Ports;

/// <summary>An Event to record on an object of this cluster.</summary>
/// <param name="Type">"Normal" or "Warning".</param>
/// <param name="Component">The reporting component, such as "linkerd-service-mirror-target".</param>
public sealed record ClusterEvent(
    string ApiVersion,
    string Kind,
    string Namespace,
    string Name,
    string Uid,
    string Type,
    string Reason,
    string Message,
    string Component);
