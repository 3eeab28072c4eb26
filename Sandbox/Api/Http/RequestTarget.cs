namespace Mesh.Sandbox.Api.Http;

/// <summary>What a resource path of the API means.</summary>
/// <param name="Group">Empty for the core group.</param>
/// <param name="Version">Such as <c>v1</c>.</param>
/// <param name="Resource">Plural name.</param>
/// <param name="Namespace">Null: cluster-scoped, or all namespaces.</param>
/// <param name="Name">Null for the collection.</param>
/// <param name="Subresource">Empty for the object itself.</param>
/// <param name="Rest">What follows the subresource, as in <c>proxy/metrics</c>; begins with a slash or is empty.</param>
/// <param name="Watch">The old <c>/watch/</c> form.</param>
internal sealed record RequestTarget(
    string Group, string Version, string Resource, string? Namespace, string? Name, string Subresource, string Rest, bool Watch)
{
    /// <summary>
    /// Null when the path is not of the form <c>/api/{version}/{resource}…</c> or <c>/apis/{group}/{version}/{resource}…</c>.
    /// </summary>
    /// <param name="path">The path as it came, percent-encoded.</param>
    public static RequestTarget? Parse(string path)
    {
        var segments = path.Split('/');
        // segments[0] is empty: the path begins with a slash.
        var at = segments.Length > 1 && segments[1] == "api" ? 2 : segments.Length > 1 && segments[1] == "apis" ? 3 : 0;
        if (at == 0 || segments.Length <= at + 1 || segments[at + 1].Length == 0)
        {
            return null;
        }
        var group = at == 2 ? "" : segments[2];
        var version = segments[at];
        var rest = segments[(at + 1)..];
        var watch = rest[0] == "watch" && rest.Length > 1;
        if (watch)
        {
            rest = rest[1..];
        }
        string? ns = null;
        if (rest[0] == "namespaces" && rest.Length > 2 && rest[2].Length > 0 && !(group.Length == 0 && rest[2] is ("status" or "finalize")))
        {
            ns = Uri.UnescapeDataString(rest[1]);
            rest = rest[2..];
        }
        var name = rest.Length > 1 && rest[1].Length > 0 ? Uri.UnescapeDataString(rest[1]) : null;
        var subresource = rest.Length > 2 ? rest[2] : "";
        var remainder = rest.Length > 3 ? "/" + string.Join('/', rest[3..]) : "";
        return new(group, version, rest[0], ns, name, subresource, remainder, watch);
    }
}
