using System.Net;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api.Http;

/// <summary>The proxy subresources: <c>services/[scheme:]name[:port]/proxy/…</c> and the same for pods.</summary>
internal sealed class ProxyEndpoints
{
    private readonly ResourceOperations _operations;
    private readonly ReverseProxy _proxy;

    public ProxyEndpoints(ResourceOperations operations, ReverseProxy proxy)
    {
        _operations = operations;
        _proxy = proxy;
    }

    public Task HandleAsync(ApiRequest request, ResourceType type)
    {
        var (scheme, name, port) = Split(request.Target.Name!);
        var destination = type.Key == "services"
            ? OfService(request.Target.Namespace!, name, port)
            : OfPod(_operations.Get(type, request.Target.Namespace, name), port);
        var query = request.Context.Request.QueryString.Value ?? "";
        var path = request.Target.Rest.Length == 0 ? "/" : request.Target.Rest;
        return _proxy.ForwardAsync(request, scheme, destination, path + query);
    }

    /// <summary>The service's or pod's own name in a proxy path.</summary>
    public static (string Scheme, string Name, string Port) Split(string text) => text.Split(':') switch
    {
        [var name] => ("http", name, ""),
        [var name, var port] => ("http", name, port),
        [var scheme, var name, var port] when scheme is "http" or "https" or "" => (scheme.Length == 0 ? "http" : scheme, name, port),
        _ => throw ApiErrors.BadRequest($"invalid service request \"{text}\""),
    };

    private IPEndPoint OfService(string ns, string name, string wanted)
    {
        var service = _operations.Get(_operations.Catalog["services"], ns, name).Json;
        var ports = service.Objects("spec", "ports").ToList();
        var port = wanted.Length == 0
            ? ports.Count == 1 ? ports[0] : ports.FirstOrDefault(p => p.Text("name") is null or "")
            : ports.FirstOrDefault(p => p.Text("name") == wanted || p.Integer("port")?.ToString() == wanted);
        if (port is null)
        {
            throw ApiErrors.ServiceUnavailable(
                $"no service port \"{wanted}\" found for service \"{name}\": it has {string.Join(", ", ports.Select(p => $"{p.Text("name")} {p.Integer("port")}".Trim()))}");
        }
        var found = new List<IPEndPoint>();
        foreach (var slice in _operations.Store.List("endpointslices.discovery.k8s.io", ns)
            .Where(s => s.Labels.GetValueOrDefault("kubernetes.io/service-name") == name))
        {
            var number = slice.Json.Objects("ports").FirstOrDefault(p => (p.Text("name") ?? "") == (port.Text("name") ?? ""))
                .Integer("port");
            if (number is null)
            {
                continue;
            }
            found.AddRange(slice.Json.Objects("endpoints")
                .Where(e => e.Flag("conditions", "ready") != false)
                .SelectMany(e => e.Texts("addresses"))
                .Select(a => IPAddress.TryParse(a, out var address) ? new IPEndPoint(address, (int)number.Value) : null)
                .OfType<IPEndPoint>());
        }
        return found.Count > 0
            ? found[Random.Shared.Next(found.Count)]
            : throw ApiErrors.ServiceUnavailable($"no endpoints available for service \"{name}\"");
    }

    private static IPEndPoint OfPod(StoredObject pod, string wanted)
    {
        if (!IPAddress.TryParse(pod.Json.Text("status", "podIP"), out var address))
        {
            throw ApiErrors.BadRequest("address not allowed: the pod has none yet");
        }
        if (!int.TryParse(wanted, out var port))
        {
            var ports = pod.Json.Objects("spec", "containers").SelectMany(c => c.Objects("ports"));
            port = (int)(ports.FirstOrDefault(p => wanted.Length == 0 || p.Text("name") == wanted).Integer("containerPort") ?? 80);
        }
        return new(address, port);
    }
}
