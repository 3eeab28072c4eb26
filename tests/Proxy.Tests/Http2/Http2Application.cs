using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Tests.Http2;

/// <summary>An application that speaks HTTP/2 without TLS, on loopback: Kestrel with what the tests need.</summary>
internal sealed class Http2Application : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Http2Application(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
            kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 64 * 1024;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _app = builder.Build();
        _app.Run(answer);
    }

    public int Port => new Uri(_app.Urls.First()).Port;

    /// <summary>Requests that have come to wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>Requests that the client has given up.</summary>
    public int Cancelled { get; private set; }

    public static async Task<Http2Application> StartAsync(string name = "app")
    {
        Http2Application? application = null;
        application = await StartAsync(context => application!.AnswerAsync(context, name));
        return application;
    }

    /// <summary>One that does what <paramref name="answer"/> does.</summary>
    public static async Task<Http2Application> StartAsync(RequestDelegate answer)
    {
        var application = new Http2Application(answer);
        await application._app.StartAsync();
        return application;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context, string name)
    {
        context.Response.Headers["x-name"] = name;
        context.Response.Headers["x-connection"] = context.Connection.Id;
        context.Response.Headers["x-client"] = context.Request.Headers["l5d-client-id"];
        switch (context.Request.Path.Value)
        {
            case "/echo":
                await context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);
                break;
            case "/store":
                // Reads it all before it answers, as clients that send it all before they read need.
                var stored = new MemoryStream();
                await context.Request.Body.CopyToAsync(stored, context.RequestAborted);
                await context.Response.Body.WriteAsync(stored.GetBuffer().AsMemory(0, (int)stored.Length), context.RequestAborted);
                break;
            case "/goodbye":
                // Ends the connection as soon as the requests on it have ended (GOAWAY).
                context.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>().RequestClose();
                await context.Response.WriteAsync("bye", context.RequestAborted);
                break;
            case "/grpc":
                context.Response.ContentType = "application/grpc";
                context.Response.DeclareTrailer("grpc-status");
                await context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);
                context.Response.AppendTrailer("grpc-status", context.Request.Headers["x-status"].ToString());
                break;
            case "/big":
                var block = new byte[64 * 1024];
                for (var i = 0; i < 1024; i++)
                {
                    await context.Response.Body.WriteAsync(block, context.RequestAborted);
                }
                break;
            case "/trailers":
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                await context.Response.WriteAsync(context.Features.Get<IHttpRequestTrailersFeature>()?.Trailers["x-sum"].ToString() ?? "none");
                break;
            case "/trace":
                context.Response.Headers["x-traceparent"] = context.Request.Headers["traceparent"];
                break;
            case "/headers":
                context.Response.Headers["x-large"] = context.Request.Headers["x-large"];
                break;
            case "/wait":
                Waiting++;
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
                }
                catch (OperationCanceledException)
                {
                    Cancelled++;
                }
                break;
            default:
                await context.Response.WriteAsync($"{context.Request.Method} {context.Request.Path}");
                break;
        }
    }
}
