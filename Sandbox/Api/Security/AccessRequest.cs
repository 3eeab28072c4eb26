namespace Mesh.Sandbox.Api.Security;

/// <summary>What somebody wants to do.</summary>
internal sealed record AccessRequest(string Verb)
{
    public string Group { get; init; } = "";

    public string Resource { get; init; } = "";

    public string Subresource { get; init; } = "";

    /// <summary>Null: cluster-scoped, or all namespaces.</summary>
    public string? Namespace { get; init; }

    public string? Name { get; init; }

    /// <summary>Set for requests that are not about resources, such as <c>/version</c>.</summary>
    public string? Path { get; init; }

    public string ResourcePath => Subresource.Length == 0 ? Resource : $"{Resource}/{Subresource}";

    /// <summary>Why <paramref name="user"/> may not do it, in Kubernetes' words.</summary>
    public string Denial(UserInfo user)
    {
        if (Path is not null)
        {
            return $"forbidden: User \"{user.Name}\" cannot {Verb} path \"{Path}\"";
        }
        var key = Group.Length == 0 ? Resource : $"{Resource}.{Group}";
        var named = string.IsNullOrEmpty(Name) ? key : $"{key} \"{Name}\"";
        var scope = string.IsNullOrEmpty(Namespace) ? "at the cluster scope" : $"in the namespace \"{Namespace}\"";
        return $"{named} is forbidden: User \"{user.Name}\" cannot {Verb} resource \"{ResourcePath}\" in API group \"{Group}\" {scope}";
    }
}
