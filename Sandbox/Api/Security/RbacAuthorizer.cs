using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Api.Security;

/// <summary>Decides by the roles and bindings in the store. Whoever is in <c>system:masters</c> may do anything.</summary>
internal sealed class RbacAuthorizer
{
    public const string Masters = "system:masters";

    private const string Suffix = ".rbac.authorization.k8s.io";

    private readonly ResourceStore _store;
    private volatile Bindings? _bindings;

    public RbacAuthorizer(ResourceStore store)
    {
        _store = store;
        store.Changed += change =>
        {
            if (change.Resource.EndsWith(Suffix, StringComparison.Ordinal))
            {
                _bindings = null;
            }
        };
    }

    public bool Allows(UserInfo user, AccessRequest request) =>
        user.Groups.Contains(Masters) || RulesOf(user, request.Namespace).Any(rule => Permits(rule, request));

    /// <summary>The rules that hold for a user in a namespace; in no namespace only those of cluster-wide bindings.</summary>
    public IEnumerable<JsonObject> RulesOf(UserInfo user, string? ns)
    {
        var bindings = _bindings ??= Load();
        foreach (var binding in bindings.ClusterWide.Where(b => Concerns(b, user)))
        {
            foreach (var rule in Rules(binding, null))
            {
                yield return rule;
            }
        }
        if (string.IsNullOrEmpty(ns))
        {
            yield break;
        }
        foreach (var binding in bindings.Namespaced[ns].Where(b => Concerns(b, user)))
        {
            foreach (var rule in Rules(binding, ns))
            {
                yield return rule;
            }
        }
    }

    private Bindings Load() => new(
        _store.List($"clusterrolebindings{Suffix}").ConvertAll(b => b.Json),
        _store.List($"rolebindings{Suffix}").ToLookup(b => b.Namespace, b => b.Json));

    private IEnumerable<JsonObject> Rules(JsonObject binding, string? ns)
    {
        var name = binding.Text("roleRef", "name") ?? "";
        var role = binding.Text("roleRef", "kind") == "ClusterRole"
            ? _store.Get($"clusterroles{Suffix}", "", name)
            : ns is null ? null : _store.Get($"roles{Suffix}", ns, name);
        return role?.Json.Objects("rules") ?? [];
    }

    private static bool Concerns(JsonObject binding, UserInfo user) => binding.Objects("subjects")
        .Any(subject => subject.Text("kind") switch
    {
        "User" => subject.Text("name") == user.Name,
        "Group" => user.Groups.Contains(subject.Text("name")),
        "ServiceAccount" => user.Name == $"system:serviceaccount:{subject.Text("namespace")}:{subject.Text("name")}",
        _ => false,
    });

    private static bool Permits(JsonObject rule, AccessRequest request)
    {
        if (!Lists(rule, "verbs", request.Verb))
        {
            return false;
        }
        if (request.Path is { } path)
        {
            return rule.Texts("nonResourceURLs").Any(url => url == "*" || url == path
                || (url.EndsWith('*') && path.StartsWith(url[..^1], StringComparison.Ordinal)));
        }
        return Lists(rule, "apiGroups", request.Group)
            && rule.Texts("resources").Any(r => r == "*" || r == request.ResourcePath || r == $"*/{request.Subresource}")
            && (rule.Sequence("resourceNames") is not { Count: > 0 }
                || (request.Name is not null && rule.Texts("resourceNames").Contains(request.Name)));
    }

    private static bool Lists(JsonObject rule, string field, string value) => rule.Texts(field).Any(v => v == "*" || v == value);

    private sealed record Bindings(List<JsonObject> ClusterWide, ILookup<string, JsonObject> Namespaced);
}
