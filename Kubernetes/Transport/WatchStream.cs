using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Serialization;

namespace Mesh.Kubernetes.Transport;

/// <summary>Reads the lines of a watch.</summary>
internal static class WatchStream
{
    /// <exception cref="KubernetesException">The watch reported an error, or a line is not an event.</exception>
    /// <exception cref="HttpRequestException">The connection broke.</exception>
    public static async IAsyncEnumerable<WatchEvent<T>> ReadAsync<T>(
        HttpResponseMessage response, Func<JsonElement, T> decode, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesResource
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await LineAsync(reader, cancellationToken) is { } line)
        {
            if (line.Length > 0)
            {
                yield return Parse(line, decode);
            }
        }
    }

    private static async Task<string?> LineAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadLineAsync(cancellationToken);
        }
        catch (IOException e)
        {
            throw new HttpRequestException($"The watch broke off: {e.Message}", e);
        }
    }

    private static WatchEvent<T> Parse<T>(string line, Func<JsonElement, T> decode)
        where T : class, IKubernetesResource
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var name = ResourceDecoder.Text(root, "type");
            if (!root.TryGetProperty("object", out var element))
            {
                throw Broken(line);
            }
            if (name == "ERROR")
            {
                throw ApiRequests.FromStatus(JsonObject.Create(element.Clone()))
                    ?? new KubernetesException(HttpStatusCode.InternalServerError, "", $"The watch reported an error: {element}");
            }
            return Event(name, element, decode) ?? throw Broken(line);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Broken(line);
        }
    }

    private static WatchEvent<T>? Event<T>(string name, JsonElement element, Func<JsonElement, T> decode)
        where T : class, IKubernetesResource
    {
        var version = ResourceDecoder.Text(element, "metadata", "resourceVersion");
        WatchEventType? type = name switch
        {
            "ADDED" => WatchEventType.Added,
            "MODIFIED" => WatchEventType.Modified,
            "DELETED" => WatchEventType.Deleted,
            "BOOKMARK" => WatchEventType.Bookmark,
            _ => null,
        };
        if (type is null)
        {
            return null;
        }
        if (type == WatchEventType.Bookmark)
        {
            return new WatchEvent<T> { Type = WatchEventType.Bookmark, ResourceVersion = version };
        }
        if (ResourceDecoder.TryDecode(element, decode, out var resource, out var undecodable))
        {
            return new WatchEvent<T> { Type = type.Value, Object = resource, ResourceVersion = version };
        }
        return new WatchEvent<T>
        {
            Type = type == WatchEventType.Deleted ? WatchEventType.Deleted : WatchEventType.Undecodable,
            Undecodable = undecodable,
            ResourceVersion = version,
        };
    }

    private static KubernetesException Broken(string line) => new(
        HttpStatusCode.InternalServerError, "", $"The watch sent something that is no event: {(line.Length > 200 ? line[..200] + "…" : line)}");
}
