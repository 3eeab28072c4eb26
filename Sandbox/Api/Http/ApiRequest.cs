using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Kubernetes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Schemas;
using Mesh.Sandbox.Api.Security;
using Microsoft.AspNetCore.Http;

namespace Mesh.Sandbox.Api.Http;

/// <summary>An HTTP request with what has been found out about it.</summary>
internal sealed class ApiRequest
{
    private const int MaxBody = 3 * 1024 * 1024;

    private Dictionary<string, string>? _query;

    public ApiRequest(HttpContext context, RequestTarget target, UserInfo user)
    {
        Context = context;
        Target = target;
        User = user;
    }

    public HttpContext Context { get; }

    public RequestTarget Target { get; }

    public UserInfo User { get; }

    public CancellationToken Aborted => Context.RequestAborted;

    public Dictionary<string, string> Query =>
        _query ??= Context.Request.Query.ToDictionary(p => p.Key, p => p.Value.ToString(), StringComparer.Ordinal);

    /// <summary>The Content-Type without its parameters.</summary>
    public string ContentType => Context.Request.ContentType?.Split(';')[0].Trim() ?? "";

    public bool Watch => Target.Watch || Query.GetValueOrDefault("watch") is "true" or "1";

    public WriteOptions WriteOptions(bool apply = false)
    {
        var dryRun = Query.GetValueOrDefault("dryRun");
        if (dryRun is not (null or "" or "All"))
        {
            throw ApiErrors.BadRequest($"invalid dryRun \"{dryRun}\": it can be All");
        }
        var validation = Query.GetValueOrDefault("fieldValidation", "");
        if (validation is not ("" or "Ignore" or "Warn" or "Strict"))
        {
            throw ApiErrors.BadRequest($"invalid fieldValidation \"{validation}\": it can be Ignore, Warn or Strict");
        }
        var agent = Context.Request.Headers.UserAgent.ToString();
        var manager = Query.GetValueOrDefault("fieldManager", "");
        if (apply && manager.Length == 0)
        {
            throw ApiErrors.BadRequest("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
        }
        return new WriteOptions
        {
            DryRun = dryRun == "All",
            FieldValidation = validation.Length == 0 ? "Warn" : validation,
            FieldManager = manager.Length > 0 ? manager : agent.Split('/')[0] is { Length: > 0 } name ? name : "unknown",
            Force = Query.GetValueOrDefault("force") == "true",
        };
    }

    /// <summary>The body as a JSON object; YAML is taken as well. Null when there is none.</summary>
    /// <exception cref="ApiException">400, 413 or 415.</exception>
    public async Task<JsonObject?> ReadObjectAsync()
    {
        var bytes = await ReadBytesAsync();
        if (bytes.Length == 0)
        {
            return null;
        }
        if (ProtobufDecoder.IsProtobuf(bytes))
        {
            return ProtobufDecoder.Decode(bytes);
        }
        var type = ContentType;
        if (type.EndsWith("protobuf", StringComparison.Ordinal) || type.EndsWith("cbor", StringComparison.Ordinal))
        {
            throw ApiErrors.UnsupportedMediaType("application/json", "application/yaml");
        }
        try
        {
            return type.EndsWith("yaml", StringComparison.Ordinal) && bytes[0] != '{'
                ? JsonAccess.Parse(Encoding.UTF8.GetBytes(
                    KubernetesYaml.Read(Encoding.UTF8.GetString(bytes)).FirstOrDefault()?.ToJsonString() ?? "null"))
                : JsonAccess.Parse(bytes);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw ApiErrors.BadRequest($"the object provided is unrecognized: {e.Message}");
        }
    }

    /// <summary>The body of a patch: an object or an array.</summary>
    public async Task<JsonNode> ReadNodeAsync()
    {
        var bytes = await ReadBytesAsync();
        try
        {
            return JsonNode.Parse(bytes) ?? throw new JsonException("the patch is null");
        }
        catch (JsonException e)
        {
            throw ApiErrors.BadRequest($"error decoding patch: {e.Message}");
        }
    }

    private async Task<byte[]> ReadBytesAsync()
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await Context.Request.Body.ReadAsync(chunk, Aborted)) > 0)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > MaxBody)
            {
                throw ApiErrors.TooLarge();
            }
        }
        return buffer.ToArray();
    }
}
