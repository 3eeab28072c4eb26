namespace Mesh.Interfaces.Keys;

/// <summary>A node of a cluster. As a grain key: <c>cluster/node</c>.</summary>
[GenerateSerializer, Immutable, Alias("mesh.NodeKey")]
public readonly record struct NodeKey([property: Id(0)] ClusterName Cluster, [property: Id(1)] string Name)
{
    public override string ToString() => $"{Cluster}/{Name}";

    /// <summary>True and the key, or false when <paramref name="text"/> does not have the form <c>cluster/node</c>.</summary>
    public static bool TryParse(string? text, out NodeKey key)
    {
        key = default;
        var parts = text?.Split('/');
        if (parts is not { Length: 2 } || !ClusterName.TryParse(parts[0], out var cluster) || parts.Contains(""))
        {
            return false;
        }
        key = new NodeKey(cluster, parts[1]);
        return true;
    }

    /// <exception cref="FormatException"><paramref name="text"/> does not have the form <c>cluster/node</c>.</exception>
    public static NodeKey Parse(string text) =>
        TryParse(text, out var key) ? key : throw new FormatException($"'{text}' is not of the form cluster/node.");
}
