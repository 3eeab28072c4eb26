using Orleans.Hosting;

namespace Orleans.Embedded.Hosting;

/// <summary>Settings that only this engine has.</summary>
public static class EmbeddedSiloBuilderExtensions
{
    /// <summary>Sets how the silo listens, finds others and proves who it is.</summary>
    public static ISiloBuilder UseEmbedded(this ISiloBuilder builder, Action<EmbeddedSiloOptions> configure) => builder.Configure(configure);
}
