using System.Globalization;
using System.Net;

namespace Mesh.Sandbox.Node;

/// <summary>The part of a kubelet's HTTP API that the API server's <c>pods/log</c> needs, on the node's address.</summary>
internal static class LogServer
{
    public const int Port = 10250;

    public static async Task<WebApplication> StartAsync(IPAddress address, PodSupervisor pods, TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(o => o.Listen(address, Port));
        var application = builder.Build();
        application.MapGet("/healthz", () => "ok");
        application.MapGet("/containerLogs/{ns}/{pod}/{container}", (string ns, string pod, string container, HttpContext http) =>
            WriteAsync(pods.Find(ns, pod), ns, pod, container, http, time));
        await application.StartAsync();
        return application;
    }

    private static async Task WriteAsync(PodWorker? worker, string ns, string pod, string container, HttpContext http, TimeProvider time)
    {
        if (worker?.Container(container) is not { } found)
        {
            await FailAsync(http, StatusCodes.Status404NotFound,
                worker is null ? $"pod {ns}/{pod} does not run on this node" : $"container {container} is not valid for pod {pod}");
            return;
        }
        var query = http.Request.Query;
        var view = found.View;
        var previous = Flag("previous");
        var attempt = previous ? view.RestartCount - 1 : view.RestartCount;
        var path = found.LogPath(attempt);
        if (previous && attempt < 0)
        {
            await FailAsync(http, StatusCodes.Status400BadRequest, $"previous terminated container \"{container}\" in pod \"{pod}\" not found");
            return;
        }
        if (!File.Exists(path))
        {
            await FailAsync(http, StatusCodes.Status400BadRequest,
                $"container \"{container}\" in pod \"{pod}\" is waiting to start: {view.WaitingReason ?? "PodInitializing"}");
            return;
        }
        var request = new LogRequest(
            Flag("follow"), Flag("timestamps"), (int?)Number("tailLines"), Since(), Number("limitBytes"));
        http.Response.ContentType = "text/plain; charset=utf-8";
        await http.Response.StartAsync(http.RequestAborted);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        try
        {
            await new LogReader(path, time).CopyAsync(
                http.Response.BodyWriter, request, () => previous || !found.View.IsRunning || found.View.RestartCount != attempt, http.RequestAborted);
        }
        catch (Exception exception) when (exception is OperationCanceledException or FileNotFoundException or DirectoryNotFoundException)
        {
            // The reader went away, or the pod did.
        }

        bool Flag(string name) => query[name] is [var value] && value is "true" or "1";

        long? Number(string name) =>
            query[name] is [var value] && long.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= 0 ? number : null;

        DateTimeOffset? Since() => Number("sinceSeconds") is { } seconds
            ? time.GetUtcNow().AddSeconds(-seconds)
            : query["sinceTime"] is [var text] && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var at) ? at : null;
    }

    private static async Task FailAsync(HttpContext http, int status, string message)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        await http.Response.WriteAsync(message, http.RequestAborted);
    }
}
