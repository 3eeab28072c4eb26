using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Testing;

/// <summary>
/// An HTTP server on a loopback port that answers as a test says, and remembers what it was asked. Answers are found by method and path
/// (without the query), such as <c>GET /api/v1/pods</c>; anything else is a Kubernetes 404.
/// </summary>
public sealed class FakeApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, RequestDelegate> _routes = new();
    private readonly ConcurrentQueue<FakeApiRequest> _requests = new();

    private FakeApiServer(WebApplication app)
    {
        _app = app;
        app.Run(HandleAsync);
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>Everything asked so far, in order.</summary>
    public IReadOnlyList<FakeApiRequest> Requests => [.. _requests];

    /// <param name="certificate">The server's certificate with key; null: plain HTTP.</param>
    /// <param name="requireClientCertificate">Ask clients for a certificate; any is accepted, and shown in the request.</param>
    public static async Task<FakeApiServer> StartAsync(X509Certificate2? certificate = null, bool requireClientCertificate = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            if (certificate is not null)
            {
                listen.UseHttps(certificate, https =>
                {
                    https.ClientCertificateMode =
                        requireClientCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                    https.AllowAnyClientCertificate();
                });
            }
        }));
        var app = builder.Build();
        var server = new FakeApiServer(app);
        await app.StartAsync();
        server.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return server;
    }

    /// <summary>From now on this is the answer to <paramref name="methodAndPath"/>.</summary>
    public FakeApiServer On(string methodAndPath, RequestDelegate handler)
    {
        _routes[methodAndPath] = handler;
        return this;
    }

    /// <inheritdoc cref="On(string, RequestDelegate)"/>
    public FakeApiServer On(string methodAndPath, string json, int status = 200) => On(methodAndPath, context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    });

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        using var reader = new StreamReader(request.Body);
        _requests.Enqueue(new FakeApiRequest
        {
            Method = request.Method,
            Path = request.Path,
            Query = request.QueryString.ToString(),
            Body = await reader.ReadToEndAsync(context.RequestAborted),
            ContentType = request.ContentType,
            Headers = request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            ClientCertificate = context.Connection.ClientCertificate?.Subject,
        });
        if (_routes.TryGetValue($"{request.Method} {request.Path}", out var handler))
        {
            await handler(context);
            return;
        }
        context.Response.StatusCode = 404;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""
            {"kind":"Status","apiVersion":"v1","status":"Failure","message":"{{request.Path}} not found","reason":"NotFound","code":404}
            """);
    }
}
