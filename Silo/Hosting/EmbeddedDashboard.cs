namespace Mesh.Silo.Hosting;

/// <summary>The embedded engine has no dashboard.</summary>
internal static class EmbeddedDashboard
{
    public static WebApplication UseEngineDashboard(this WebApplication app) => app;
}
