namespace Mesh.Silo.Health;

/// <summary>
/// <c>/live</c>: the process answers. <c>/ready</c>: it can serve, otherwise 503 and what is missing. <c>/metrics</c>: Prometheus text.
/// </summary>
internal sealed class HealthEndpoint(IEnumerable<IReadiness> conditions, PrometheusExporter metrics)
{
    private readonly IReadiness[] _conditions = [.. conditions];

    public Task HandleAsync(HttpContext context)
    {
        var response = context.Response;
        switch (context.Request.Path.Value)
        {
            case "/live":
                return response.WriteAsync("live\n", context.RequestAborted);
            case "/ready":
                var missing = _conditions.Select(c => c.Missing).OfType<string>().ToArray();
                response.StatusCode = missing.Length == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                return response.WriteAsync(missing.Length == 0 ? "ready\n" : string.Join('\n', missing) + "\n", context.RequestAborted);
            case "/metrics":
                response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
                return response.WriteAsync(metrics.Write(), context.RequestAborted);
            default:
                response.StatusCode = StatusCodes.Status404NotFound;
                return response.WriteAsync("There is /live, /ready and /metrics.\n", context.RequestAborted);
        }
    }
}
