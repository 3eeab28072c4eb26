using Mesh.Interfaces.Identity;

namespace Mesh.Proxy.DataPlane;

/// <summary>A service account of the proxy's own cluster; pods of one share a certificate.</summary>
internal readonly record struct ServiceAccountKey(string Namespace, string ServiceAccount)
{
    public static ServiceAccountKey Of(WorkloadIdentity identity) => new(identity.Namespace, identity.ServiceAccount);

    public override string ToString() => $"{Namespace}/{ServiceAccount}";
}
