namespace Mesh.Silo.Identity;

/// <summary>Adds the certificate authority.</summary>
internal static class IdentityRegistration
{
    /// <summary>The certificate authority, the silo's own certificate and the verification of peers.</summary>
    public static WebApplicationBuilder AddIdentity(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IssuerStore>();
        builder.Services.AddSingleton<IdentityMetrics>();
        builder.Services.AddSingleton<CertificateAuthority>();
        builder.Services.AddSingleton<SiloCertificate>();
        builder.Services.AddSingleton<PeerVerifier>();
        builder.Services.AddHostedService<IdentityUpkeep>();
        return builder;
    }
}
