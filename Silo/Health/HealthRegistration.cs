using Mesh.Silo.Configuration;
using Mesh.Silo.Hosting;

namespace Mesh.Silo.Health;

/// <summary>Adds health and metrics.</summary>
internal static class HealthRegistration
{
    /// <summary>Probes and metrics on <see cref="SiloOptions.HealthPort"/>, plain HTTP.</summary>
    public static WebApplicationBuilder AddHealth(this WebApplicationBuilder builder)
    {
        // Before everything else that measures, so that nothing is missed: the exporter hears of instruments when they are made.
        builder.Services.AddSingleton(new PrometheusExporter());
        builder.Services.AddSingleton<IReadiness, StartedReadiness>();
        builder.Services.AddSingleton<HealthEndpoint>();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenAnyIP(
            kestrel.ApplicationServices.GetRequiredService<SiloOptions>().HealthPort, listen => listen.For(ListenerPurpose.Health)));
        return builder;
    }

    public static WebApplication UseHealth(this WebApplication app) =>
        app.Serve(ListenerPurpose.Health, context => context.RequestServices.GetRequiredService<HealthEndpoint>().HandleAsync(context));
}
