namespace Mesh.Kubernetes.Resources;

/// <summary>Where the API server keeps objects of one kind.</summary>
/// <param name="Group">Empty for the core group.</param>
/// <param name="Version">The version to speak, such as <c>v1</c>.</param>
/// <param name="Plural">The name in paths, such as <c>pods</c>.</param>
/// <param name="Kind">The name in objects, such as <c>Pod</c>.</param>
/// <param name="Namespaced">Whether objects live in namespaces.</param>
public sealed record ResourceDefinition(string Group, string Version, string Plural, string Kind, bool Namespaced)
{
    /// <summary>Group and version as objects carry it.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>
    /// The path of the collection (no <paramref name="name"/>), of one object, or of its subresource. A namespaced collection without a
    /// namespace is that of all namespaces.
    /// </summary>
    /// <exception cref="ArgumentException">One object of a namespaced kind is asked for without its namespace.</exception>
    public string Path(string? ns = null, string? name = null, string? subresource = null)
    {
        var path = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        if (Namespaced && !string.IsNullOrEmpty(ns))
        {
            path += $"/namespaces/{Uri.EscapeDataString(ns)}";
        }
        else if (Namespaced && !string.IsNullOrEmpty(name))
        {
            throw new ArgumentException($"{Kind} {name} is namespaced, but no namespace was given.", nameof(ns));
        }
        path += $"/{Plural}";
        if (!string.IsNullOrEmpty(name))
        {
            path += $"/{Uri.EscapeDataString(name)}";
        }
        return string.IsNullOrEmpty(subresource) ? path : $"{path}/{subresource}";
    }
}
