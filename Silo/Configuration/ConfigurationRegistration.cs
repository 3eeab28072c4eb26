using Microsoft.Extensions.Options;

namespace Mesh.Silo.Configuration;

/// <summary>Adds the silo's options.</summary>
internal static class ConfigurationRegistration
{
    /// <summary>
    /// <see cref="SiloOptions"/> from the environment and the command line, validated before anything starts. An
    /// <see cref="OptionsValidationException"/> carries every failure.
    /// </summary>
    public static WebApplicationBuilder AddSiloConfiguration(this WebApplicationBuilder builder, string[] args)
    {
        // The order is the precedence: a flag wins over the environment.
        builder.Configuration.AddInMemoryCollection(SiloEnvironment.Read(Environment.GetEnvironmentVariables()));
        builder.Configuration.AddCommandLine(args);
        builder.Services.AddSingleton<IValidateOptions<SiloOptions>, SiloOptionsValidator>();
        builder.Services.AddOptions<SiloOptions>().BindConfiguration(SiloOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => services.GetRequiredService<IOptions<SiloOptions>>().Value);
        return builder;
    }
}
