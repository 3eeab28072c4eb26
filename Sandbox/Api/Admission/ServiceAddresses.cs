using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;
using Mesh.Sandbox.Api.Validation;

namespace Mesh.Sandbox.Api.Admission;

/// <summary>
/// Hands out ClusterIPs and node ports. What is taken follows from the services stored, so nothing leaks when a write fails after
/// an address was chosen. Called under the store's lock.
/// </summary>
internal sealed class ServiceAddresses
{
    private const int FirstNodePort = 30000;
    private const int LastNodePort = 32767;

    private readonly Dictionary<long, string> _nodePorts = [];
    private readonly List<AddressRange> _ranges;

    /// <param name="networks">Service networks, one or one of each family; the first is that of services that do not say.</param>
    /// <param name="store">Followed for services that come and go.</param>
    public ServiceAddresses(IEnumerable<IPNetwork> networks, ResourceStore store)
    {
        _ranges = [.. networks.Select(network => new AddressRange(network))];
        store.Changed += OnChanged;
    }

    /// <summary>Fills in addresses the service needs and does not have, taking over those it had before.</summary>
    public void Assign(ResourceType type, JsonObject service, JsonObject? previous)
    {
        var spec = service.Child("spec");
        var owner = $"{service.Text("metadata", "namespace")}/{service.Text("metadata", "name")}";
        var kind = spec.Text("type");
        if (kind == "ExternalName")
        {
            spec.Remove("clusterIP");
            spec.Remove("clusterIPs");
            spec.Remove("ipFamilies");
            spec.Remove("ipFamilyPolicy");
            return;
        }
        AssignClusterAddress(type, service, previous, spec, owner);
        if (kind is "NodePort" or "LoadBalancer")
        {
            AssignNodePorts(type, service, previous, owner);
        }
        else
        {
            foreach (var port in spec.Objects("ports"))
            {
                port.Remove("nodePort");
            }
        }
    }

    private void AssignClusterAddress(ResourceType type, JsonObject service, JsonObject? previous, JsonObject spec, string owner)
    {
        var name = service.Text("metadata", "name")!;
        var wanted = Wanted(spec);
        var before = previous.Text("spec", "type") == "ExternalName" ? [] : Wanted(previous?["spec"] as JsonObject);
        if (before.Count > 0)
        {
            if (wanted.Count > 0 && wanted[0] != before[0])
            {
                throw ApiErrors.Invalid(type, name,
                    [new("FieldValueInvalid", "spec.clusterIPs[0]", $"Invalid value: [\"{wanted[0]}\"]: may not change once set")]);
            }
            // The first stays for good; the second may come and go with the policy.
            wanted = [before[0], .. wanted.Skip(1).Concat(before.Skip(1)).Take(1)];
        }
        var families = Families(type, name, spec, wanted);
        spec["ipFamilies"] = families.Select(range => range.Family).ToJsonArray();
        if (wanted is ["None", ..])
        {
            spec["clusterIP"] = "None";
            spec["clusterIPs"] = new JsonArray("None");
            return;
        }
        var addresses = families.Select(range => Address(type, name, owner, range, wanted)).ToList();
        spec["clusterIP"] = addresses[0];
        spec["clusterIPs"] = addresses.ToJsonArray();
    }

    /// <summary>Which families the service has, first the one of its first address: what it asks for, as far as the cluster has it.</summary>
    private List<AddressRange> Families(ResourceType type, string name, JsonObject spec, List<string> wanted)
    {
        var asked = spec.Texts("ipFamilies").ToList();
        if (wanted.Count > 0 && IPAddress.TryParse(wanted[0], out var first))
        {
            // An address says its family more clearly than a default does.
            asked = [(first.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4"), .. asked];
        }
        var families = new List<AddressRange>();
        foreach (var family in asked.Distinct())
        {
            families.Add(_ranges.Find(range => range.Family == family) ?? throw ApiErrors.Invalid(type, name,
                [FieldError.Invalid("spec.ipFamilies[0]", family, "not configured on this cluster")]));
        }
        var policy = spec.Text("ipFamilyPolicy");
        if (policy is not ("PreferDualStack" or "RequireDualStack"))
        {
            return [families.FirstOrDefault() ?? _ranges[0]];
        }
        families.AddRange(_ranges.Where(range => !families.Contains(range)));
        return families.Count > 1 || policy == "PreferDualStack" ? families : throw ApiErrors.Invalid(type, name,
            [FieldError.Invalid("spec.ipFamilyPolicy", policy, "this cluster is not configured for dual-stack services")]);
    }

    private static List<string> Wanted(JsonObject? spec)
    {
        var addresses = spec.Texts("clusterIPs").Where(text => text.Length > 0).ToList();
        return spec.Text("clusterIP") is { Length: > 0 } first ? [first, .. addresses.Skip(1)] : addresses;
    }

    private static string Address(ResourceType type, string name, string owner, AddressRange range, List<string> wanted)
    {
        var text = wanted.Find(text => !IPAddress.TryParse(text, out var ip) || (ip.AddressFamily == AddressFamily.InterNetworkV6) == range.IsV6);
        if (text is null)
        {
            return range.Next() ?? throw ApiErrors.Internal($"failed to allocate a serviceIP for {type.Key} \"{name}\": range is full");
        }
        const string prefix = "failed to allocate IP";
        if (!IPAddress.TryParse(text, out var address) || !range.Network.Contains(address))
        {
            throw ApiErrors.Invalid(type, name, [FieldError.Invalid("spec.clusterIPs", text,
                $"{prefix} {text}: the provided IP ({text}) is not in the valid range. The range of valid IPs is {range.Network}")]);
        }
        return range.Owner(address) is not { } holder || holder == owner ? address.ToString() : throw ApiErrors.Invalid(type, name,
            [FieldError.Invalid("spec.clusterIPs", text, $"{prefix} {text}: provided IP is already allocated")]);
    }

    private void AssignNodePorts(ResourceType type, JsonObject service, JsonObject? previous, string owner)
    {
        var taken = new HashSet<long>();
        var index = 0;
        foreach (var port in service.Objects("spec", "ports"))
        {
            var number = port.Integer("nodePort")
                ?? previous.Objects("spec", "ports").FirstOrDefault(p => p.Text("name") == port.Text("name")).Integer("nodePort");
            if (number is { } wanted && wanted != 0)
            {
                if (wanted is < FirstNodePort or > LastNodePort)
                {
                    throw ApiErrors.Invalid(type, service.Text("metadata", "name")!, [FieldError.Invalid(
                        $"spec.ports[{index}].nodePort", wanted,
                        $"provided port is not in the valid range. The range of valid ports is {FirstNodePort}-{LastNodePort}")]);
                }
                if ((_nodePorts.TryGetValue(wanted, out var holder) && holder != owner) || !taken.Add(wanted))
                {
                    throw ApiErrors.Invalid(type, service.Text("metadata", "name")!,
                        [FieldError.Invalid($"spec.ports[{index}].nodePort", wanted, "provided port is already allocated")]);
                }
            }
            else
            {
                wanted = Enumerable.Range(FirstNodePort, LastNodePort - FirstNodePort + 1)
                    .Select(p => (long)p)
                    .First(p => !_nodePorts.ContainsKey(p) && taken.Add(p));
            }
            port["nodePort"] = wanted;
            index++;
        }
    }

    private void OnChanged(StoreEvent change)
    {
        if (change.Resource != "services")
        {
            return;
        }
        if (change.Previous is { } previous)
        {
            foreach (var (range, address) in Addresses(previous))
            {
                range.Release(address);
            }
            foreach (var port in NodePorts(previous))
            {
                _nodePorts.Remove(port);
            }
        }
        if (change.Type != StoreEventType.Deleted)
        {
            var owner = $"{change.Object.Namespace}/{change.Object.Name}";
            foreach (var (range, address) in Addresses(change.Object))
            {
                range.Take(address, owner);
            }
            foreach (var port in NodePorts(change.Object))
            {
                _nodePorts[port] = owner;
            }
        }
    }

    private IEnumerable<(AddressRange Range, IPAddress Address)> Addresses(StoredObject service)
    {
        foreach (var text in Wanted(service.Json["spec"] as JsonObject))
        {
            if (IPAddress.TryParse(text, out var address) && _ranges.Find(range => range.Network.Contains(address)) is { } range)
            {
                yield return (range, address);
            }
        }
    }

    private static IEnumerable<long> NodePorts(StoredObject service) =>
        service.Json.Objects("spec", "ports").Select(port => port.Integer("nodePort")).OfType<long>();
}
