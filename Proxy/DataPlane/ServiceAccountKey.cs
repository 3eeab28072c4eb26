namespace Mesh.Proxy.DataPlane;

/// <summary>A service account of the proxy's own cluster; pods of one share a certificate.</summary>
internal readonly record struct ServiceAccountKey(string Namespace, string ServiceAccount)
{
    public override string ToString() => $"{Namespace}/{ServiceAccount}";
}
