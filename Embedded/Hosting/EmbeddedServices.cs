using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;

namespace Orleans.Embedded.Hosting;

internal static class EmbeddedServices
{
    public static ISiloBuilder AddSilo(IServiceCollection services, IConfiguration configuration) =>
        new SiloBuilder(services, configuration);
}
