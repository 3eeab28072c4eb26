namespace Mesh.Interfaces.Exports;

/// <summary>How a service is made visible to another cluster.</summary>
public enum ExportMode
{
    /// <summary>Clients connect to the pods themselves: <c>mirror.linkerd.io/exported=remote-discovery</c>.</summary>
    RemoteDiscovery,
}
