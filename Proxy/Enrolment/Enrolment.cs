namespace Mesh.Proxy.Enrolment;

/// <summary>A pod whose traffic goes through this proxy, as it is kept on disk.</summary>
/// <param name="ContainerId">The sandbox's id, by which CNI DEL names it.</param>
/// <param name="Namespace">The pod's namespace.</param>
/// <param name="Pod">The pod's name.</param>
/// <param name="Uid">The pod's uid.</param>
/// <param name="NetnsPath">Where its network namespace can be opened again.</param>
/// <param name="NetnsInode">Tells whether what is at the path is still that namespace.</param>
/// <param name="Addresses">The pod's addresses as CNI said them.</param>
internal sealed record Enrolment(
    string ContainerId, string Namespace, string Pod, string Uid, string NetnsPath, ulong NetnsInode, IReadOnlyList<string> Addresses);
