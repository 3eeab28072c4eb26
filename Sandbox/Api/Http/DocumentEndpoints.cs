using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Security;
using Microsoft.AspNetCore.Http;

namespace Mesh.Sandbox.Api.Http;

/// <summary>Answers what describes the server: discovery, OpenAPI, token keys.</summary>
internal sealed class DocumentEndpoints
{
    private static readonly string[] Paths =
        ["/.well-known/openid-configuration", "/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openid/v1/jwks", "/readyz", "/version"];

    private readonly Discovery _discovery;
    private readonly ServiceAccountTokens _tokens;

    public DocumentEndpoints(Discovery discovery, ServiceAccountTokens tokens)
    {
        _discovery = discovery;
        _tokens = tokens;
    }

    public Task WriteAsync(HttpContext context, string path)
    {
        switch (path)
        {
            case "/":
                return JsonResponse.WriteAsync(context, 200, new JsonObject { ["paths"] = Paths.ToJsonArray() });
            case "/api" or "/apis":
                return WriteRootAsync(context, path);
            case "/openapi/v2":
                return WriteOpenApiAsync(context);
            case "/.well-known/openid-configuration":
                return JsonResponse.WriteAsync(context, 200, new JsonObject
                {
                    ["issuer"] = ServiceAccountTokens.Issuer,
                    ["jwks_uri"] = $"{ServiceAccountTokens.Issuer}/openid/v1/jwks",
                    ["response_types_supported"] = new JsonArray("id_token"),
                    ["subject_types_supported"] = new JsonArray("public"),
                    ["id_token_signing_alg_values_supported"] = new JsonArray("ES256"),
                });
            case "/openid/v1/jwks":
                return JsonResponse.WriteAsync(context, 200, _tokens.KeySet(), "application/jwk-set+json");
        }
        var document = path.Split('/') switch
        {
            ["", "api", var version] => _discovery.Resources("", version),
            ["", "apis", var group] => _discovery.Group(group),
            ["", "apis", var group, var version] => _discovery.Resources(group, version),
            _ => null,
        };
        return JsonResponse.WriteAsync(context, 200, document ?? throw ApiErrors.NoSuchResource());
    }

    private Task WriteRootAsync(HttpContext context, string path)
    {
        if (Negotiation.AggregatedDiscovery(context.Request) is { } format)
        {
            return JsonResponse.WriteAsync(context, 200, _discovery.Aggregated(format, path == "/api"),
                $"application/json;g=apidiscovery.k8s.io;v={format};as=APIGroupDiscoveryList");
        }
        return JsonResponse.WriteAsync(context, 200,
            path == "/api" ? Discovery.CoreVersions(context.Request.Host.ToString()) : _discovery.GroupList());
    }

    private static Task WriteOpenApiAsync(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains("protobuf", StringComparison.Ordinal)
            ? JsonResponse.WriteAsync(context, 200, OpenApiDocument.Protobuf(ApiEndpoints.GitVersion), OpenApiDocument.ProtobufType)
            : JsonResponse.WriteAsync(context, 200, OpenApiDocument.Json(ApiEndpoints.GitVersion));
}
