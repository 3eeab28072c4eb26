using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Serialization;
using Mesh.Kubernetes.Transport;

namespace Mesh.Kubernetes;

/// <summary>
/// A client of one cluster's API server. Safe for concurrent use; make one and keep it. Methods throw <see cref="KubernetesException"/> when
/// the server says no, <see cref="HttpRequestException"/> or <see cref="TimeoutException"/> when it cannot be reached. A null
/// namespace means all namespaces for lists and watches, and is right for kinds without a namespace.
/// </summary>
public sealed class KubernetesClient : IDisposable
{
    private readonly ApiRequests _requests;

    public KubernetesClient(ClusterConnection connection, TimeProvider? time = null)
    {
        Connection = connection;
        Http = KubernetesTransport.Create(connection);
        _requests = new ApiRequests(Http, time ?? TimeProvider.System);
    }

    public ClusterConnection Connection { get; }

    /// <summary>For requests that nothing here offers. Relative addresses (without a leading slash) go to the API server.</summary>
    public HttpClient Http { get; }

    public Uri Server => Connection.Server;

    public Task<T> GetAsync<T>(string? ns, string name, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => OneAsync(HttpMethod.Get, T.Definition.Path(ns, name), null, Decode<T>, null, cancellationToken);

    /// <returns>Null when there is no such object.</returns>
    public async Task<T?> GetOrNullAsync<T>(string? ns, string name, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        try
        {
            return await GetAsync<T>(ns, name, cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>One list request; with <see cref="ListOptions.Limit"/> one page.</summary>
    public Task<ResourceList<T>> ListAsync<T>(string? ns, ListOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => ListAsync(T.Definition, ns, options, Decode<T>, cancellationToken);

    /// <summary>
    /// All items, page by page, so that no single answer is huge. When the pages expire on the way, the list begins again without pages.
    /// </summary>
    public async Task<ResourceList<T>> ListAllAsync<T>(string? ns, ListOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        var wanted = options ?? new ListOptions();
        try
        {
            var page = await ListAsync<T>(ns, wanted with { Limit = wanted.Limit ?? 500, Continue = null }, cancellationToken);
            if (page.Continue is null)
            {
                return page;
            }
            List<T> items = [.. page.Items];
            List<UndecodableResource> undecodable = [.. page.Undecodable];
            while (page.Continue is { } next)
            {
                // The token carries the version; giving one as well is an error.
                var more = wanted with { Limit = wanted.Limit ?? 500, Continue = next, ResourceVersion = null, ResourceVersionMatch = null };
                page = await ListAsync<T>(ns, more, cancellationToken);
                items.AddRange(page.Items);
                undecodable.AddRange(page.Undecodable);
            }
            return page with { Items = items, Undecodable = undecodable };
        }
        catch (KubernetesException e) when (e.IsExpired)
        {
            return await ListAsync<T>(ns, wanted with { Limit = null, Continue = null }, cancellationToken);
        }
    }

    /// <summary>
    /// Changes after <see cref="ListOptions.ResourceVersion"/>. Ends when the server ends it, which it does every few minutes. For a view
    /// that stays, take an <see cref="Informers.Informer{T}"/>.
    /// </summary>
    /// <exception cref="KubernetesException">Also for an error in mid-watch; <see cref="KubernetesException.IsExpired"/>: list again.</exception>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? ns, ListOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        var path = T.Definition.Path(ns) + options.Query(watch: true);
        using var response = await _requests.OpenAsync(HttpMethod.Get, path, null, null, cancellationToken);
        await foreach (var change in WatchStream.ReadAsync(response, Decode<T>, cancellationToken))
        {
            yield return change;
        }
    }

    public Task<T> CreateAsync<T>(T resource, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        OneAsync(HttpMethod.Post, T.Definition.Path(NamespaceOf(resource)), resource, Decode<T>, null, cancellationToken);

    /// <summary>Writes the whole object; 409 when its resource version is not the newest.</summary>
    public Task<T> ReplaceAsync<T>(T resource, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        OneAsync(HttpMethod.Put, T.Definition.Path(NamespaceOf(resource), resource.Metadata.Name), resource, Decode<T>, null, cancellationToken);

    /// <summary>Writes only the status; 409 when the resource version is not the newest.</summary>
    public Task<T> ReplaceStatusAsync<T>(T resource, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        var path = T.Definition.Path(NamespaceOf(resource), resource.Metadata.Name, "status");
        return OneAsync(HttpMethod.Put, path, resource, Decode<T>, null, cancellationToken);
    }

    public Task<T> PatchAsync<T>(string? ns, string name, KubernetesPatch patch, PatchOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        OneAsync(HttpMethod.Patch, PatchPath(T.Definition, ns, name, options), patch.Body, Decode<T>, patch.ContentType, cancellationToken);

    /// <summary>Asks for deletion. That the object is gone already is an error (404).</summary>
    public Task DeleteAsync<T>(string? ns, string name, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => DeleteAsync(T.Definition, ns, name, options, cancellationToken);

    /// <inheritdoc cref="GetAsync{T}"/>
    public Task<GenericResource> GetAsync(ResourceDefinition definition, string? ns, string name, CancellationToken cancellationToken) =>
        OneAsync(HttpMethod.Get, definition.Path(ns, name), null, ResourceDecoder.Generic, null, cancellationToken);

    /// <inheritdoc cref="ListAsync{T}"/>
    public Task<ResourceList<GenericResource>> ListAsync(
        ResourceDefinition definition, string? ns, ListOptions? options, CancellationToken cancellationToken) =>
        ListAsync(definition, ns, options, ResourceDecoder.Generic, cancellationToken);

    /// <inheritdoc cref="CreateAsync{T}"/>
    public Task<GenericResource> CreateAsync(ResourceDefinition definition, GenericResource resource, CancellationToken cancellationToken)
    {
        var ns = definition.Namespaced ? NamespaceOf(resource) : null;
        return OneAsync(HttpMethod.Post, definition.Path(ns), resource.Json, ResourceDecoder.Generic, null, cancellationToken);
    }

    /// <inheritdoc cref="PatchAsync{T}"/>
    public Task<GenericResource> PatchAsync(
        ResourceDefinition definition, string? ns, string name, KubernetesPatch patch, PatchOptions? options, CancellationToken cancellationToken)
    {
        var path = PatchPath(definition, ns, name, options);
        return OneAsync(HttpMethod.Patch, path, patch.Body, ResourceDecoder.Generic, patch.ContentType, cancellationToken);
    }

    /// <inheritdoc cref="DeleteAsync{T}"/>
    public async Task DeleteAsync(
        ResourceDefinition definition, string? ns, string name, DeleteOptions? options, CancellationToken cancellationToken)
    {
        var body = options is null ? null : new
        {
            apiVersion = "v1",
            kind = "DeleteOptions",
            gracePeriodSeconds = options.GracePeriodSeconds,
            propagationPolicy = options.PropagationPolicy,
            preconditions = options.Uid is null && options.ResourceVersion is null
                ? null
                : new { uid = options.Uid, resourceVersion = options.ResourceVersion },
        };
        (await _requests.SendAsync(HttpMethod.Delete, definition.Path(ns, name), body, null, cancellationToken))?.Dispose();
    }

    /// <summary>Any other request with JSON both ways.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="path">From the server's root, with its query.</param>
    /// <param name="body">Sent as application/json; null: nothing.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Null when the answer is empty.</returns>
    public async Task<JsonNode?> SendJsonAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using var document = await _requests.SendAsync(method, path, body, null, cancellationToken);
        return document?.RootElement.Deserialize<JsonNode>();
    }

    public void Dispose() => Http.Dispose();

    private static T Decode<T>(JsonElement element) => ResourceDecoder.Typed<T>(element);

    private static string? NamespaceOf(IKubernetesResource resource) => resource.Metadata.Namespace;

    private static string PatchPath(ResourceDefinition definition, string? ns, string name, PatchOptions? options)
    {
        var path = definition.Path(ns, name, options?.Subresource);
        return options?.FieldManager is { } manager
            ? $"{path}?fieldManager={Uri.EscapeDataString(manager)}{(options.Force ? "&force=true" : "")}"
            : path;
    }

    private async Task<T> OneAsync<T>(
        HttpMethod method, string path, object? body, Func<JsonElement, T> decode, string? contentType, CancellationToken cancellationToken)
        where T : class, IKubernetesResource =>
        ResourceDecoder.Decode(
            await _requests.SendAsync(method, path, body, contentType, cancellationToken), decode, $"{method} {path}");

    private async Task<ResourceList<T>> ListAsync<T>(
        ResourceDefinition definition, string? ns, ListOptions? options, Func<JsonElement, T> decode, CancellationToken cancellationToken)
        where T : class, IKubernetesResource
    {
        var path = definition.Path(ns) + options?.Query(watch: false);
        return ResourceDecoder.DecodeList(await _requests.SendAsync(HttpMethod.Get, path, null, null, cancellationToken), decode, $"GET {path}");
    }
}
