using System.Net;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api.Http;

/// <summary>Subresources of pods that are not parts of the object: log, binding, eviction.</summary>
internal sealed class PodEndpoints
{
    private const int AgentPort = 10250;

    private readonly ResourceOperations _operations;
    private readonly ReverseProxy _proxy;

    public PodEndpoints(ResourceOperations operations, ReverseProxy proxy)
    {
        _operations = operations;
        _proxy = proxy;
    }

    public async Task LogAsync(ApiRequest request, ResourceType pods)
    {
        var pod = _operations.Get(pods, request.Target.Namespace, request.Target.Name!);
        var container = Container(pod, request.Query.GetValueOrDefault("container"));
        if (pod.Json.Text("spec", "nodeName") is not { } node)
        {
            throw ApiErrors.BadRequest($"pod {pod.Name} does not have a host assigned");
        }
        var address = _operations.Store.Get("nodes", "", node)?.Json.Objects("status", "addresses")
            .FirstOrDefault(a => a.Text("type") == "InternalIP").Text("address");
        if (!IPAddress.TryParse(address, out var parsed))
        {
            throw ApiErrors.Internal($"the address of node \"{node}\" is not known; is its agent running?");
        }
        var query = request.Context.Request.QueryString.Value ?? "";
        await _proxy.ForwardAsync(request, "http", new(parsed, AgentPort), $"/containerLogs/{pod.Namespace}/{pod.Name}/{container}{query}");
    }

    public async Task BindAsync(ApiRequest request, ResourceType pods)
    {
        var binding = await request.ReadObjectAsync() ?? throw ApiErrors.BadRequest("the request has no body");
        var node = binding.Text("target", "name") ?? throw ApiErrors.BadRequest("target.name: Required value");
        _operations.Bind(pods, request.Target.Namespace!, request.Target.Name!, node);
        await JsonResponse.WriteAsync(request.Context, 201, Success());
    }

    public async Task EvictAsync(ApiRequest request, ResourceType pods)
    {
        var eviction = await request.ReadObjectAsync() ?? [];
        var options = DeleteOptions.From(eviction.Map("deleteOptions"), request.Query);
        _operations.Delete(pods, request.Target.Namespace, request.Target.Name!, options);
        await JsonResponse.WriteAsync(request.Context, 201, Success());
    }

    private static JsonObject Success() =>
        new() { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["code"] = 201 };

    private static string Container(StoredObject pod, string? wanted)
    {
        var names = pod.Json.Objects("spec", "containers").Select(c => c.Text("name")!).ToList();
        if (wanted is { Length: > 0 })
        {
            return names.Contains(wanted) || pod.Json.Objects("spec", "initContainers").Any(c => c.Text("name") == wanted)
                ? wanted
                : throw ApiErrors.BadRequest($"container {wanted} is not valid for pod {pod.Name}");
        }
        return names.Count == 1
            ? names[0]
            : throw ApiErrors.BadRequest(
                $"a container name must be specified for pod {pod.Name}, choose one of: [{string.Join(' ', names)}]");
    }
}
