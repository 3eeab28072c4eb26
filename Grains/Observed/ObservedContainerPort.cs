namespace Mesh.Grains.Observed;

/// <summary>A port a container declares. Sidecar (restartable init) containers count as well.</summary>
/// <param name="Name">Empty when it has none.</param>
/// <param name="Protocol">TCP, UDP or SCTP; TCP when the pod does not say.</param>
public sealed record ObservedContainerPort(string Container, string Name, int Port, string Protocol = "TCP");
