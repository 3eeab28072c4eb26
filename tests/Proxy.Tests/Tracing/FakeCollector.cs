using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Tests.Tracing;

/// <summary>A collector that takes OTLP over HTTP and remembers it.</summary>
internal sealed class FakeCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<JsonElement> _requests = new();

    private FakeCollector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.MapPost("/v1/traces", async context =>
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            _requests.Enqueue(document.RootElement.Clone());
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync("{}"u8.ToArray(), context.RequestAborted);
        });
    }

    public Uri Address => new(_app.Urls.First());

    /// <summary>Every span received, with the name of its pod.</summary>
    public IReadOnlyList<(string Pod, JsonElement Span)> Spans =>
    [
        .. from request in _requests
           from resource in request.GetProperty("resourceSpans").EnumerateArray()
           from scope in resource.GetProperty("scopeSpans").EnumerateArray()
           from span in scope.GetProperty("spans").EnumerateArray()
           select (Attribute(resource.GetProperty("resource"), "k8s.pod.name"), span),
    ];

    public static async Task<FakeCollector> StartAsync()
    {
        var collector = new FakeCollector();
        await collector._app.StartAsync();
        return collector;
    }

    /// <returns>Empty when there is none.</returns>
    public static string Attribute(JsonElement holder, string key) => holder.GetProperty("attributes").EnumerateArray()
        .Where(attribute => attribute.GetProperty("key").GetString() == key)
        .Select(attribute => attribute.GetProperty("value").EnumerateObject().Single().Value.GetString()!)
        .FirstOrDefault("");

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
