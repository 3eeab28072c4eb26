using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>
/// The templates a StatefulSet or DaemonSet has had, as ControllerRevisions: what <c>kubectl rollout history</c> and <c>undo</c>
/// read.
/// </summary>
internal sealed class RevisionHistory
{
    public const string HashLabel = "controller-revision-hash";

    private const string Resource = "controllerrevisions.apps";

    private readonly ClusterObjects _cluster;

    public RevisionHistory(ClusterObjects cluster) => _cluster = cluster;

    /// <summary>The name of the revision of the owner's present template, recorded if it is new.</summary>
    public string Ensure(StoredObject owner)
    {
        var hash = PodTemplate.Hash(owner.Json.At("spec", "template"));
        var name = $"{owner.Name}-{hash}";
        var known = _cluster.Dependents.Of(owner.Uid, Resource);
        var latest = known.Select(r => r.Json.Integer("revision") ?? 0).DefaultIfEmpty(0).Max();
        if (known.Find(r => r.Name == name) is { } existing)
        {
            if (existing.Json.Integer("revision") < latest)
            {
                _cluster.Update(new(Resource, owner.Namespace, name), r => r["revision"] = latest + 1);
            }
            return name;
        }
        var template = owner.Json.Map("spec", "template")!.Copy();
        template["$patch"] = "replace";
        var labels = owner.Json.Map("spec", "selector", "matchLabels")?.Copy() ?? [];
        labels[HashLabel] = hash;
        _cluster.Create(Resource, owner.Namespace, new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = labels,
                ["ownerReferences"] = new JsonArray(PodTemplate.OwnerReference(owner)),
            },
            ["data"] = new JsonObject { ["spec"] = new JsonObject { ["template"] = template } },
            ["revision"] = latest + 1,
        });
        var limit = (int)(owner.Json.Integer("spec", "revisionHistoryLimit") ?? 10);
        foreach (var old in known.OrderBy(r => r.Json.Integer("revision")).Take(Math.Max(0, known.Count - limit)))
        {
            _cluster.Delete(new(Resource, old.Namespace, old.Name), old.Uid);
        }
        return name;
    }

    /// <summary>The template of a revision; null when it is no longer kept.</summary>
    public JsonObject? Template(StoredObject owner, string name)
    {
        var template = _cluster.Get(Resource, owner.Namespace, name)?.Json.Map("data", "spec", "template")?.Copy();
        template?.Remove("$patch");
        return template;
    }
}
