namespace Mesh.Interfaces.Keys;

/// <summary>A service in the cluster it lives in. As a grain key: <c>cluster/namespace/name</c>.</summary>
[GenerateSerializer, Immutable, Alias("mesh.ServiceKey")]
public readonly record struct ServiceKey([property: Id(0)] ClusterName Cluster, [property: Id(1)] string Namespace, [property: Id(2)] string Name)
{
    public override string ToString() => $"{Cluster}/{Namespace}/{Name}";

    /// <summary>True and the key, or false when <paramref name="text"/> does not have the form <c>cluster/namespace/name</c>.</summary>
    public static bool TryParse(string? text, out ServiceKey key)
    {
        key = default;
        var parts = text?.Split('/');
        if (parts is not { Length: 3 } || !ClusterName.TryParse(parts[0], out var cluster) || parts.Contains(""))
        {
            return false;
        }
        key = new ServiceKey(cluster, parts[1], parts[2]);
        return true;
    }

    /// <exception cref="FormatException"><paramref name="text"/> does not have the form <c>cluster/namespace/name</c>.</exception>
    public static ServiceKey Parse(string text) =>
        TryParse(text, out var key) ? key : throw new FormatException($"'{text}' is not of the form cluster/namespace/name.");
}
