using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Mesh.Silo.Viz;

/// <summary>The viz API: <c>/api/v1/stat</c>, <c>/api/v1/authz</c>, <c>/api/v1/status</c>; every request needs a token.</summary>
internal sealed partial class VizEndpoint(VizAuthenticator authenticator, VizReader reader, ILogger<VizEndpoint> logger)
{
    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            await AnswerAsync(context, context.RequestAborted);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted)
        {
            LogFailed(context.Request.Path.Value, e);
            await RefuseAsync(context, new VizRefusal(
                503, "Statistics not available", $"The statistics could not be gathered: {e.Message} Try again; if it lasts, see "
                    + "the silo's log."));
        }
    }

    private async Task AnswerAsync(HttpContext context, CancellationToken cancellationToken)
    {
        // First, so that a stranger does not even learn what there is.
        if (await authenticator.RefuseAsync(context.Request, cancellationToken) is { } refusal)
        {
            await RefuseAsync(context, refusal);
            return;
        }
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            await RefuseAsync(context, new VizRefusal(405, "Method not allowed", "The API can only be read: use GET."));
            return;
        }
        var path = context.Request.Path.Value;
        if (path == "/api/v1/status")
        {
            await WriteAsync(context, await reader.StatusAsync(cancellationToken), VizJson.Default.MeshStatus);
        }
        else if (path is not ("/api/v1/stat" or "/api/v1/authz"))
        {
            await RefuseAsync(context, new VizRefusal(
                404, "Not found", "There is /api/v1/stat, /api/v1/authz and /api/v1/status. Is the CLI of another version?"));
        }
        else if (!VizRequest.TryParse(context.Request.Query, out var request, out refusal))
        {
            await RefuseAsync(context, refusal);
        }
        else if (path == "/api/v1/stat")
        {
            await WriteAsync(context, await reader.StatAsync(request, cancellationToken), VizJson.Default.IReadOnlyListVizStatRow);
        }
        else
        {
            await WriteAsync(context, await reader.AuthzAsync(request, cancellationToken), VizJson.Default.IReadOnlyListVizAuthzRow);
        }
    }

    /// <summary>Answers with the refusal.</summary>
    public static Task RefuseAsync(HttpContext context, VizRefusal refusal)
    {
        context.Response.StatusCode = refusal.Status;
        context.Response.ContentType = "application/problem+json";
        var problem = new VizProblem(refusal.Title, refusal.Status, refusal.Detail);
        return JsonSerializer.SerializeAsync(context.Response.Body, problem, VizJson.Default.VizProblem, context.RequestAborted);
    }

    private static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, value, type, context.RequestAborted);
    }

    [LoggerMessage(7000, LogLevel.Warning, "The viz request {Path} failed.")]
    private partial void LogFailed(string? path, Exception exception);
}
