using System.Buffers.Binary;
using System.Net;
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
    private const int Reserved = 16;

    private readonly Dictionary<uint, string> _addresses = [];
    private readonly Dictionary<long, string> _nodePorts = [];
    private readonly uint _first;
    private readonly uint _count;
    private uint _next;

    /// <param name="network">Service network in CIDR notation.</param>
    /// <param name="store">Followed for services that come and go.</param>
    public ServiceAddresses(IPNetwork network, ResourceStore store)
    {
        Network = network;
        _first = ToNumber(network.BaseAddress);
        _count = network.PrefixLength == 0 ? uint.MaxValue : 1u << (32 - network.PrefixLength);
        _next = (uint)Random.Shared.NextInt64(Reserved, Math.Max(Reserved + 1, Math.Min(_count - 1, 4096)));
        store.Changed += OnChanged;
    }

    public IPNetwork Network { get; }

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
        var wanted = spec.Text("clusterIP") ?? spec.Texts("clusterIPs").FirstOrDefault() ?? "";
        var before = previous.Text("spec", "clusterIP") ?? "";
        if (before.Length > 0 && previous.Text("spec", "type") != "ExternalName")
        {
            if (wanted.Length > 0 && wanted != before)
            {
                throw ApiErrors.Invalid(type, name,
                    [new("FieldValueInvalid", "spec.clusterIPs[0]", $"Invalid value: [\"{wanted}\"]: may not change once set")]);
            }
            wanted = before;
        }
        else if (wanted.Length == 0)
        {
            wanted = Next(type, name);
        }
        else if (wanted != "None")
        {
            Claim(type, name, wanted, owner);
        }
        spec["clusterIP"] = wanted;
        spec["clusterIPs"] = new JsonArray(wanted);
    }

    private void Claim(ResourceType type, string name, string wanted, string owner)
    {
        const string prefix = "failed to allocate IP";
        if (!IPAddress.TryParse(wanted, out var address) || !Network.Contains(address))
        {
            throw ApiErrors.Invalid(type, name, [FieldError.Invalid("spec.clusterIPs", wanted,
                $"{prefix} {wanted}: the provided IP ({wanted}) is not in the valid range. The range of valid IPs is {Network}")]);
        }
        if (_addresses.TryGetValue(ToNumber(address), out var holder) && holder != owner)
        {
            throw ApiErrors.Invalid(type, name, [FieldError.Invalid("spec.clusterIPs", wanted,
                $"{prefix} {wanted}: provided IP is already allocated")]);
        }
    }

    private string Next(ResourceType type, string name)
    {
        var usable = _count - 1;
        for (uint tried = 0; tried < usable; tried++)
        {
            // The lowest addresses are left for those that are asked for by number, such as the API's and DNS's.
            _next = _next + 1 >= usable ? Math.Min(Reserved, usable - 1) : _next + 1;
            if (!_addresses.ContainsKey(_first + _next))
            {
                return ToAddress(_first + _next).ToString();
            }
        }
        throw ApiErrors.Internal($"failed to allocate a serviceIP for {type.Key} \"{name}\": range is full");
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
            foreach (var (address, ports) in Holdings(previous))
            {
                _addresses.Remove(address);
                ports.ForEach(p => _nodePorts.Remove(p));
            }
        }
        if (change.Type != StoreEventType.Deleted)
        {
            var owner = $"{change.Object.Namespace}/{change.Object.Name}";
            foreach (var (address, ports) in Holdings(change.Object))
            {
                _addresses[address] = owner;
                ports.ForEach(p => _nodePorts[p] = owner);
            }
        }
    }

    private static IEnumerable<(uint Address, List<long> NodePorts)> Holdings(StoredObject service)
    {
        if (IPAddress.TryParse(service.Json.Text("spec", "clusterIP"), out var address))
        {
            yield return (ToNumber(address), [.. service.Json.Objects("spec", "ports").Select(p => p.Integer("nodePort")).OfType<long>()]);
        }
    }

    private static uint ToNumber(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static IPAddress ToAddress(uint number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new(bytes);
    }
}
