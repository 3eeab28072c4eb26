namespace Mesh.Silo.Hosting;

/// <summary>Microsoft's engine.</summary>
internal static class MicrosoftHosting
{
    /// <summary>Refuses: a silo without membership over the clusters and without mutual TLS would be open to everybody.</summary>
    /// <exception cref="NotSupportedException">Always, for now.</exception>
    public static WebApplicationBuilder AddOrleansEngine(this WebApplicationBuilder builder) => throw new NotSupportedException(
        "This silo is built with Microsoft's Orleans engine, for which there is no membership over several clusters and no mutual "
        + "TLS between silos yet, and it does not run without them. "
        + "Build it with the embedded engine: MESH_ORLEANS_ENGINE=Embedded ./build.sh build");
}
