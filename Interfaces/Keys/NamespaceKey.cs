namespace Mesh.Interfaces.Keys;

/// <summary>A namespace of a cluster. As a grain key: <c>cluster/namespace</c>.</summary>
[GenerateSerializer, Immutable, Alias("mesh.NamespaceKey")]
public readonly record struct NamespaceKey([property: Id(0)] ClusterName Cluster, [property: Id(1)] string Name)
{
    public override string ToString() => $"{Cluster}/{Name}";

    /// <summary>True and the key, or false when <paramref name="text"/> does not have the form <c>cluster/namespace</c>.</summary>
    public static bool TryParse(string? text, out NamespaceKey key)
    {
        key = default;
        var parts = text?.Split('/');
        if (parts is not { Length: 2 } || !ClusterName.TryParse(parts[0], out var cluster) || parts.Contains(""))
        {
            return false;
        }
        key = new NamespaceKey(cluster, parts[1]);
        return true;
    }

    /// <exception cref="FormatException"><paramref name="text"/> does not have the form <c>cluster/namespace</c>.</exception>
    public static NamespaceKey Parse(string text) =>
        TryParse(text, out var key) ? key : throw new FormatException($"'{text}' is not of the form cluster/namespace.");
}
