using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Silo.Hosting;

/// <summary>Ties listening sockets to the capabilities behind them.</summary>
internal static class ListenerExtensions
{
    /// <summary>Marks every connection of this socket.</summary>
    public static ListenOptions For(this ListenOptions listen, ListenerPurpose purpose)
    {
        var mark = new Mark(purpose);
        listen.Use(next => connection =>
        {
            connection.Features.Set(mark);
            return next(connection);
        });
        return listen;
    }

    /// <summary>Sends the requests of that socket to <paramref name="handler"/>.</summary>
    public static WebApplication Serve(this WebApplication app, ListenerPurpose purpose, RequestDelegate handler)
    {
        app.MapWhen(context => context.Features.Get<Mark>()?.Purpose == purpose, branch => branch.Run(handler));
        return app;
    }

    /// <summary>Sends the requests of that socket below <paramref name="path"/> through a pipeline of their own. Call it before Serve.</summary>
    public static WebApplication Branch(this WebApplication app, ListenerPurpose purpose, PathString path, Action<IApplicationBuilder> configure)
    {
        app.MapWhen(
            context => context.Features.Get<Mark>()?.Purpose == purpose && context.Request.Path.StartsWithSegments(path), configure);
        return app;
    }

    private sealed record Mark(ListenerPurpose Purpose);
}
