using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Microsoft.AspNetCore.Http;

namespace Mesh.Sandbox.Api.Http;

/// <summary>Writes answers.</summary>
internal static class JsonResponse
{
    public static Task WriteAsync(HttpContext context, int code, JsonNode body, string contentType = "application/json") =>
        WriteAsync(context, code, JsonSerializer.SerializeToUtf8Bytes(body, JsonAccess.Compact), contentType);

    public static async Task WriteAsync(HttpContext context, int code, ReadOnlyMemory<byte> body, string contentType = "application/json")
    {
        var response = context.Response;
        response.StatusCode = code;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-cache, private";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    public static Task WriteTextAsync(HttpContext context, int code, string text) =>
        WriteAsync(context, code, System.Text.Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");

    public static void AddWarnings(HttpContext context, IEnumerable<string> warnings)
    {
        foreach (var warning in warnings.Distinct())
        {
            context.Response.Headers.Append("Warning", $"299 - \"{warning.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"");
        }
    }
}
