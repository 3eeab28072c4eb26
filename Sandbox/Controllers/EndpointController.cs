using System.Text.Json.Nodes;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Selection;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>Writes the EndpointSlices and the Endpoints of every service that has a selector.</summary>
internal sealed class EndpointController : Controller
{
    private const string Slices = "endpointslices.discovery.k8s.io";
    private const int SliceCapacity = 100;

    public EndpointController(ClusterObjects cluster, ILogger logger) : base(cluster, logger)
    {
    }

    public override void OnChanged(StoreEvent change)
    {
        switch (change.Resource)
        {
            case "services":
                Enqueue(ObjectKey.Of(change));
                break;
            case "pods":
                foreach (var service in Cluster.List("services", change.Object.Namespace))
                {
                    var selector = service.Json.Strings("spec", "selector");
                    if (selector.Count > 0 && (Selects(selector, change.Object) || (change.Previous is { } previous
                        && Selects(selector, previous))))
                    {
                        Enqueue(new("services", service.Namespace, service.Name));
                    }
                }
                break;
            case Slices or "endpoints" when change.Type == StoreEventType.Deleted:
                var owner = change.Object.Labels.GetValueOrDefault(ServiceEndpoints.ServiceLabel, change.Object.Name);
                Enqueue(new("services", change.Object.Namespace, owner));
                break;
        }
    }

    protected override void Reconcile(ObjectKey key)
    {
        var endpoints = new ObjectKey("endpoints", key.Namespace, key.Name);
        if (Cluster.Get(key) is not { Deleting: false } service)
        {
            // Slices go with their owner; Endpoints only have the name in common.
            if (Cluster.Get(endpoints) is { } left)
            {
                Cluster.Delete(endpoints, left.Uid);
            }
            return;
        }
        var selector = service.Json.Strings("spec", "selector");
        if (selector.Count == 0 || service.Json.Text("spec", "type") == "ExternalName")
        {
            return;
        }
        if (Cluster.Get("namespaces", "", key.Namespace) is not { Deleting: false })
        {
            return;
        }
        var pods = Cluster.List("pods", key.Namespace).FindAll(p => Selects(selector, p));
        var families = service.Json.Texts("spec", "ipFamilies").DefaultIfEmpty("IPv4").ToList();
        foreach (var slice in Cluster.Dependents.Of(service.Uid, Slices).Where(s => !families.Contains(s.Json.Text("addressType") ?? "")))
        {
            Cluster.Delete(new(Slices, slice.Namespace, slice.Name), slice.Uid);
        }
        foreach (var family in families)
        {
            var wanted = ServiceEndpoints.Of(service, pods, Zone, family);
            WriteSlices(service, wanted, family);
            if (family == families[0])
            {
                // The older form has one family only.
                WriteEndpoints(endpoints, wanted.ToEndpoints());
            }
        }
    }

    private static bool Selects(Dictionary<string, string> selector, StoredObject pod) =>
        LabelSelector.FromLabels(selector).Matches(pod.Labels);

    private string? Zone(string node) => Cluster.Get("nodes", "", node)?.Labels.GetValueOrDefault("topology.kubernetes.io/zone");

    private void WriteSlices(StoredObject service, ServiceEndpoints wanted, string family)
    {
        var existing = Cluster.Dependents.Of(service.Uid, Slices).FindAll(s => s.Json.Text("addressType") == family);
        var used = new HashSet<string>();
        foreach (var group in wanted.Groups)
        {
            var ports = group.Ports.ToJsonArray();
            var slices = existing.FindAll(s => !used.Contains(s.Name) && JsonNode.DeepEquals(s.Json["ports"], ports));
            var contents = Distribute(group.Endpoints, slices);
            for (var i = 0; i < contents.Count; i++)
            {
                var (endpoints, labels) = (contents[i].ToJsonArray(), wanted.Labels.Copy());
                if (i >= slices.Count)
                {
                    Cluster.Create(Slices, service.Namespace, new()
                    {
                        ["metadata"] = new JsonObject
                        {
                            ["generateName"] = $"{service.Name}-",
                            ["labels"] = labels,
                            ["ownerReferences"] = new JsonArray(PodTemplate.OwnerReference(service)),
                        },
                        ["addressType"] = family,
                        ["endpoints"] = endpoints,
                        ["ports"] = ports.DeepClone(),
                    });
                    continue;
                }
                used.Add(slices[i].Name);
                if (!JsonNode.DeepEquals(slices[i].Json["endpoints"], endpoints)
                    || !JsonNode.DeepEquals(slices[i].Json.At("metadata", "labels"), labels))
                {
                    Cluster.Update(new(Slices, slices[i].Namespace, slices[i].Name), slice =>
                    {
                        slice["endpoints"] = endpoints;
                        slice.Child("metadata")["labels"] = labels;
                    });
                }
            }
        }
        foreach (var slice in existing.Where(s => !used.Contains(s.Name)))
        {
            Cluster.Delete(new(Slices, slice.Namespace, slice.Name), slice.Uid);
        }
    }

    /// <summary>Spreads endpoints over slices so that those already in one stay there: one change rewrites one slice.</summary>
    private static List<List<JsonObject>> Distribute(IReadOnlyList<JsonObject> endpoints, List<StoredObject> slices)
    {
        var home = new Dictionary<string, int>();
        for (var i = 0; i < slices.Count; i++)
        {
            foreach (var endpoint in slices[i].Json.Objects("endpoints"))
            {
                home[endpoint.Text("targetRef", "uid") ?? ""] = i;
            }
        }
        var result = slices.ConvertAll(_ => new List<JsonObject>());
        var homeless = new Queue<JsonObject>();
        foreach (var endpoint in endpoints)
        {
            if (home.TryGetValue(endpoint.Text("targetRef", "uid") ?? "", out var slice))
            {
                result[slice].Add(endpoint);
            }
            else
            {
                homeless.Enqueue(endpoint);
            }
        }
        foreach (var slice in result)
        {
            while (slice.Count < SliceCapacity && homeless.TryDequeue(out var endpoint))
            {
                slice.Add(endpoint);
            }
        }
        while (homeless.Count > 0)
        {
            var slice = new List<JsonObject>();
            while (slice.Count < SliceCapacity && homeless.TryDequeue(out var endpoint))
            {
                slice.Add(endpoint);
            }
            result.Add(slice);
        }
        // A service without any pod still has one slice.
        if (result.Count == 0)
        {
            result.Add([]);
        }
        while (result.Count > 1 && result[^1].Count == 0)
        {
            result.RemoveAt(result.Count - 1);
        }
        return result;
    }

    private void WriteEndpoints(ObjectKey key, JsonObject wanted)
    {
        if (Cluster.Get(key) is not { } current)
        {
            wanted.Child("metadata")["name"] = key.Name;
            Cluster.Create("endpoints", key.Namespace, wanted);
            return;
        }
        if (!JsonNode.DeepEquals(current.Json["subsets"], wanted["subsets"])
            || !JsonNode.DeepEquals(current.Json.At("metadata", "labels"), wanted.At("metadata", "labels")))
        {
            Cluster.Update(key, item =>
            {
                item["subsets"] = wanted["subsets"]?.DeepClone();
                item.Child("metadata")["labels"] = wanted.At("metadata", "labels")?.DeepClone();
            });
        }
    }
}
