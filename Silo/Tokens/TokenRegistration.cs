namespace Mesh.Silo.Tokens;

/// <summary>Adds token reviews.</summary>
internal static class TokenRegistration
{
    /// <summary>Reviews by the API server, with answers remembered for a short time.</summary>
    public static WebApplicationBuilder AddTokens(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ApiTokenReviewer>();
        builder.Services.AddSingleton<ITokenReviewer>(services => new CachingTokenReviewer(
            services.GetRequiredService<ApiTokenReviewer>(), services.GetRequiredService<TimeProvider>()));
        return builder;
    }
}
