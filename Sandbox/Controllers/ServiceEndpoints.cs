using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>Where a service's traffic can go, computed from the service and its pods.</summary>
internal sealed class ServiceEndpoints
{
    public const string ServiceLabel = "kubernetes.io/service-name";

    private const string HeadlessLabel = "service.kubernetes.io/headless";

    private readonly StoredObject _service;

    private ServiceEndpoints(StoredObject service, IReadOnlyList<EndpointGroup> groups)
    {
        _service = service;
        Groups = groups;
        Labels = service.Labels.ToJsonObject();
        Labels[ServiceLabel] = service.Name;
        Labels["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io";
        if (IsHeadless)
        {
            Labels[HeadlessLabel] = "";
        }
    }

    public IReadOnlyList<EndpointGroup> Groups { get; }

    /// <summary>The labels of the service's slices.</summary>
    public JsonObject Labels { get; }

    private bool IsHeadless => _service.Json.Text("spec", "clusterIP") == "None";

    /// <param name="service">The service.</param>
    /// <param name="pods">The pods it selects.</param>
    /// <param name="zone">The zone of a node; null when it has none.</param>
    /// <param name="family">Which of the pods' addresses: <c>IPv4</c> or <c>IPv6</c>.</param>
    public static ServiceEndpoints Of(StoredObject service, List<StoredObject> pods, Func<string, string?> zone, string family)
    {
        var publishAll = service.Json.Flag("spec", "publishNotReadyAddresses") == true;
        var groups = new Dictionary<string, (List<JsonObject> Ports, List<JsonObject> Endpoints)>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            if (Address(pod, family) is not { } address || !PodReadiness.IsActiveOrEnding(pod))
            {
                continue;
            }
            var ports = Ports(service, pod);
            var key = ports.ToJsonArray().ToJsonString();
            if (!groups.TryGetValue(key, out var group))
            {
                // The nodes just written belong to an array now; the group needs its own.
                groups[key] = group = (ports.ConvertAll(p => p.Copy()), []);
            }
            group.Endpoints.Add(Endpoint(service, pod, address, publishAll, zone));
        }
        if (groups.Count == 0)
        {
            groups[""] = ([.. service.Json.Objects("spec", "ports").Where(p => p.Integer("targetPort") is not null)
                .Select(p => Port(p, p.Integer("targetPort")!.Value))], []);
        }
        return new(service, [.. groups.OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new EndpointGroup(g.Value.Ports, g.Value.Endpoints))]);
    }

    /// <summary>The same as a core/v1 Endpoints object.</summary>
    public JsonObject ToEndpoints()
    {
        var labels = _service.Labels.ToJsonObject();
        if (IsHeadless)
        {
            labels[HeadlessLabel] = "";
        }
        var metadata = new JsonObject();
        if (labels.Count > 0)
        {
            metadata["labels"] = labels;
        }
        var result = new JsonObject { ["metadata"] = metadata };
        var subsets = Groups.Where(g => g.Endpoints.Count > 0).Select(Subset)
            .Where(s => s.ContainsKey("addresses") || s.ContainsKey("notReadyAddresses")).ToJsonArray();
        if (subsets.Count > 0)
        {
            result["subsets"] = subsets;
        }
        return result;
    }

    private static JsonObject Subset(EndpointGroup group)
    {
        var subset = new JsonObject();
        var ready = group.Endpoints.Where(e => e.Flag("conditions", "ready") == true).Select(Address).ToJsonArray();
        var others = group.Endpoints
            .Where(e => e.Flag("conditions", "ready") != true && e.Flag("conditions", "terminating") != true)
            .Select(Address)
            .ToJsonArray();
        if (ready.Count > 0)
        {
            subset["addresses"] = ready;
        }
        if (others.Count > 0)
        {
            subset["notReadyAddresses"] = others;
        }
        if (group.Ports.Count > 0)
        {
            subset["ports"] = group.Ports.Select(p =>
            {
                var port = p.Copy();
                if (port.Text("name") is null or "")
                {
                    port.Remove("name");
                }
                return port;
            }).ToJsonArray();
        }
        return subset;
    }

    private static JsonObject Address(JsonObject endpoint)
    {
        var address = new JsonObject { ["ip"] = endpoint.Texts("addresses").First() };
        foreach (var field in (ReadOnlySpan<string>)["hostname", "nodeName", "targetRef"])
        {
            if (endpoint[field] is { } value)
            {
                address[field] = value.DeepClone();
            }
        }
        return address;
    }

    private static string? Address(StoredObject pod, string family) =>
        pod.Json.Objects("status", "podIPs").Select(address => address.Text("ip")).Append(pod.Json.Text("status", "podIP"))
            .FirstOrDefault(text => text is { Length: > 0 } && text.Contains(':', StringComparison.Ordinal) == (family == "IPv6"));

    private static JsonObject Endpoint(StoredObject service, StoredObject pod, string address, bool publishAll, Func<string, string?> zone)
    {
        var serving = PodReadiness.IsReady(pod);
        var endpoint = new JsonObject
        {
            ["addresses"] = new JsonArray(address),
            ["conditions"] = new JsonObject
            {
                ["ready"] = publishAll || (serving && !pod.Deleting),
                ["serving"] = serving,
                ["terminating"] = pod.Deleting,
            },
        };
        if (pod.Json.Text("spec", "hostname") is { Length: > 0 } hostname && pod.Json.Text("spec", "subdomain") == service.Name)
        {
            endpoint["hostname"] = hostname;
        }
        if (pod.Json.Text("spec", "nodeName") is { } node)
        {
            endpoint["nodeName"] = node;
            if (zone(node) is { } name)
            {
                endpoint["zone"] = name;
            }
            if (Hints(service.Json.Text("spec", "trafficDistribution"), node, zone(node)) is { } hints)
            {
                endpoint["hints"] = hints;
            }
        }
        endpoint["targetRef"] = new JsonObject
        {
            ["kind"] = "Pod",
            ["namespace"] = pod.Namespace,
            ["name"] = pod.Name,
            ["uid"] = pod.Uid,
        };
        return endpoint;
    }

    /// <summary>
    /// Which clients the endpoint is meant for, as Kubernetes writes it for each spec.trafficDistribution: those of its own zone, and with
    /// PreferSameNode before them those of its own node.
    /// </summary>
    private static JsonObject? Hints(string? distribution, string node, string? zone)
    {
        if (distribution is not ("PreferClose" or "PreferSameZone" or "PreferSameNode") || zone is null)
        {
            return null;
        }
        var hints = new JsonObject { ["forZones"] = new JsonArray(new JsonObject { ["name"] = zone }) };
        if (distribution == "PreferSameNode")
        {
            hints["forNodes"] = new JsonArray(new JsonObject { ["name"] = node });
        }
        return hints;
    }

    private static List<JsonObject> Ports(StoredObject service, StoredObject pod)
    {
        var result = new List<JsonObject>();
        foreach (var port in service.Json.Objects("spec", "ports"))
        {
            var number = port.Integer("targetPort");
            if (number is null && port.Text("targetPort") is { } name)
            {
                number = long.TryParse(name, out var parsed)
                    ? parsed
                    : pod.Json.Objects("spec", "containers")
                        .SelectMany(c => c.Objects("ports"))
                        .FirstOrDefault(p => p.Text("name") == name && (p.Text("protocol") ?? "TCP") == (port.Text("protocol") ?? "TCP"))
                        .Integer("containerPort");
            }
            if (number is { } found)
            {
                result.Add(Port(port, found));
            }
        }
        return result;
    }

    private static JsonObject Port(JsonObject port, long number)
    {
        var result = new JsonObject
        {
            ["name"] = port.Text("name") ?? "",
            ["port"] = number,
            ["protocol"] = port.Text("protocol") ?? "TCP",
        };
        if (port.Text("appProtocol") is { } protocol)
        {
            result["appProtocol"] = protocol;
        }
        return result;
    }
}
