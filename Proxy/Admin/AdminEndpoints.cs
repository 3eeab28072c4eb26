using System.Buffers;
using System.Text;
using Mesh.Proxy.Enrolment;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Proxy.Admin;

/// <summary><c>/live</c>, <c>/ready</c> and <c>/metrics</c> on the node's address.</summary>
internal static class AdminEndpoints
{
    public static IEndpointRouteBuilder MapAdmin(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/live", () => Results.Text("ok\n"));
        routes.MapGet("/ready", (HttpContext context) =>
        {
            var (ready, text) = context.RequestServices.GetRequiredService<Readiness>().Look();
            return Results.Text(text, statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        });
        routes.MapGet("/metrics", async (HttpContext context) =>
        {
            var buffer = new ArrayBufferWriter<byte>(64 * 1024);
            context.RequestServices.GetRequiredService<INodeDataPlane>().WritePrometheus(buffer);
            buffer.Write(Encoding.UTF8.GetBytes(context.RequestServices.GetRequiredService<NodeMetrics>().Write()));
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
        });
        return routes;
    }
}
