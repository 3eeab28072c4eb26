using System.Security.Cryptography.X509Certificates;
using Mesh.Sandbox.Api.Admission;
using Mesh.Sandbox.Api.Http;
using Mesh.Sandbox.Api.Security;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Mesh.Sandbox.Api;

/// <summary>
/// A Kubernetes API server: everything in memory (and in a file while it does not run), HTTPS with client certificates and service-account tokens, RBAC. Runs no controllers;
/// see <see cref="Controllers.ControllerManager"/>.
/// </summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ServiceAccountTokens _tokens;
    private readonly ReverseProxy _proxy;
    private readonly WebApplication _application;
    private readonly ApiServerOptions _options;
    private readonly ResourceStore _store;

    public ApiServer(ApiServerOptions options, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        _options = options;
        var store = new ResourceStore();
        var catalog = new ResourceCatalog();
        var definitions = new CustomDefinitions(store, catalog);
        store.Changed += definitions.OnChanged;
        var addresses = new ServiceAddresses(options.ServiceNetworks, store);
        Operations = new(store, catalog, new(store, addresses, time), time);
        _tokens = new(options.TokenKey, store, time);
        _proxy = new(options.Connector);
        _application = Build(options);
        var authorizer = new RbacAuthorizer(store);
        var faults = new ApiFaults(options.FaultFile);
        var endpoints = new ApiEndpoints(
            Operations,
            new(_tokens, options.Authority, time),
            authorizer,
            new(Operations, time),
            new(store, time),
            new(store, faults, time, _stopping.Token),
            new(Operations, _tokens, authorizer),
            new(Operations, _proxy),
            new(Operations, _proxy),
            new(new(catalog), _tokens));
        Logger = _application.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Mesh.Sandbox");
        var router = new ApiRouter(endpoints, faults, time, Logger);
        _application.Run(router.HandleAsync);
        _store = store;
        if (options.DataFile is null || !StoreFile.TryLoad(store, options.DataFile))
        {
            Bootstrap.Fill(Operations, options);
        }
    }

    /// <summary>The objects, for controllers that run in this process.</summary>
    public ResourceOperations Operations { get; }

    public ILogger Logger { get; }

    /// <summary>The addresses listened on; valid after <see cref="StartAsync"/>.</summary>
    public IReadOnlyList<Uri> Addresses =>
        [.. _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Where(a => a.StartsWith("https://", StringComparison.Ordinal))
            .Select(a => new Uri(a))];

    public Task StartAsync(CancellationToken cancellationToken) => _application.StartAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _application.StopAsync();
        await _application.DisposeAsync();
        if (_options.DataFile is { } file)
        {
            StoreFile.Save(_store, file);
        }
        _proxy.Dispose();
        _tokens.Dispose();
        _stopping.Dispose();
    }

    private static WebApplication Build(ApiServerOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options));
        return builder.Build();
    }

    private static void Configure(KestrelServerOptions kestrel, ApiServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        // Watches are quiet for long stretches, and all watches of a client share one connection.
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
        foreach (var endpoint in options.Endpoints)
        {
            kestrel.Listen(endpoint, listen => UseTls(listen, options));
        }
        if (options.ListenHandle is { } handle)
        {
            kestrel.ListenHandle(handle, listen => UseTls(listen, options));
        }
    }

    private static void UseTls(ListenOptions listen, ApiServerOptions options)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = options.Certificate,
            ClientCertificateMode = ClientCertificateMode.AllowCertificate,
            // Any certificate gets through the handshake; the authenticator answers 401 to one it does not know, as Kubernetes does.
            ClientCertificateValidation = AcceptAny,
        });
    }

    private static bool AcceptAny(X509Certificate2 certificate, X509Chain? chain, System.Net.Security.SslPolicyErrors errors) => true;
}
