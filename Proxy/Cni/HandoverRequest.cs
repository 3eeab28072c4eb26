namespace Mesh.Proxy.Cni;

/// <summary>
/// What the plugin tells the node's proxy; the network namespace itself travels beside it as a descriptor (ADD and CHECK).
/// </summary>
/// <param name="Command">ADD, DEL or CHECK.</param>
/// <param name="ContainerId">The sandbox's id, which ADD and its DEL share.</param>
/// <param name="Namespace">The pod's namespace.</param>
/// <param name="Pod">The pod's name.</param>
/// <param name="Uid">The pod's uid, or empty.</param>
/// <param name="NetnsPath">Where the network namespace can be opened again after a restart.</param>
/// <param name="Addresses">The pod's addresses.</param>
internal sealed record HandoverRequest(
    string Command, string ContainerId, string Namespace, string Pod, string Uid, string NetnsPath, IReadOnlyList<string> Addresses);
