using Mesh.Silo.Configuration;
using Mesh.Silo.Hosting;

namespace Mesh.Silo.Viz;

/// <summary>Adds the viz API.</summary>
internal static class VizRegistration
{
    /// <summary>
    /// The viz API on <see cref="SiloOptions.VizPort"/>, plain HTTP: it is reached through the API server's service proxy.
    /// </summary>
    public static WebApplicationBuilder AddViz(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<VizAuthenticator>();
        builder.Services.AddSingleton<VizReader>();
        builder.Services.AddSingleton<VizEndpoint>();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenAnyIP(
            kestrel.ApplicationServices.GetRequiredService<SiloOptions>().VizPort, listen => listen.For(ListenerPurpose.Viz)));
        return builder;
    }

    public static WebApplication UseViz(this WebApplication app) =>
        app.Serve(ListenerPurpose.Viz, context => context.RequestServices.GetRequiredService<VizEndpoint>().HandleAsync(context));
}
