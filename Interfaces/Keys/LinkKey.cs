namespace Mesh.Interfaces.Keys;

/// <summary>A Link resource in the cluster it is applied to. As a grain key: <c>cluster/link</c>.</summary>
[GenerateSerializer, Immutable, Alias("mesh.LinkKey")]
public readonly record struct LinkKey([property: Id(0)] ClusterName Cluster, [property: Id(1)] string Name)
{
    public override string ToString() => $"{Cluster}/{Name}";

    /// <summary>True and the key, or false when <paramref name="text"/> does not have the form <c>cluster/link</c>.</summary>
    public static bool TryParse(string? text, out LinkKey key)
    {
        key = default;
        var parts = text?.Split('/');
        if (parts is not { Length: 2 } || !ClusterName.TryParse(parts[0], out var cluster) || parts.Contains(""))
        {
            return false;
        }
        key = new LinkKey(cluster, parts[1]);
        return true;
    }

    /// <exception cref="FormatException"><paramref name="text"/> does not have the form <c>cluster/link</c>.</exception>
    public static LinkKey Parse(string text) =>
        TryParse(text, out var key) ? key : throw new FormatException($"'{text}' is not of the form cluster/link.");
}
