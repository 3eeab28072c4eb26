using Mesh.Silo.Viz;
using Orleans.Dashboard;

namespace Mesh.Silo.Hosting;

/// <summary>
/// Orleans' dashboard, under <c>/orleans</c> beside the viz API and for whoever may read that. Without the log that it could stream: it would
/// show more than statistics.
/// </summary>
internal static class MicrosoftDashboard
{
    private const string Path = "/orleans";

    // Microsoft.AspNetCore.Builder.WebApplication.GlobalEndpointRouteBuilderKey
    private const string SharedRoutes = "__GlobalEndpointRouteBuilder";

    public static ISiloBuilder AddEngineDashboard(this ISiloBuilder silo) => silo.AddDashboard(options => options.HideTrace = true);

    public static WebApplication UseEngineDashboard(this WebApplication app) => app.Branch(ListenerPurpose.Viz, Path, branch =>
    {
        branch.Use(async (context, next) =>
        {
            var authenticator = context.RequestServices.GetRequiredService<VizAuthenticator>();
            if (await authenticator.RefuseAsync(context.Request, context.RequestAborted) is { } refusal)
            {
                await VizEndpoint.RefuseAsync(context, refusal);
                return;
            }
            await next(context);
        });
        // Routes of this branch alone: shared ones would be looked at before the token.
        branch.Properties.Remove(SharedRoutes);
        branch.UseRouting();
        branch.UseEndpoints(endpoints => endpoints.MapOrleansDashboard(Path));
    });
}
