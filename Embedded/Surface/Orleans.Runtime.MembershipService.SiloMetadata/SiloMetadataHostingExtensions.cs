using Orleans.Embedded.Hosting;
using Orleans.Hosting;

namespace Orleans.Runtime.MembershipService.SiloMetadata;

/// <summary>Says what a silo's metadata is.</summary>
public static class SiloMetadataHostingExtensions
{
    /// <summary>Adds to the metadata that this silo shows to all others.</summary>
    public static ISiloBuilder UseSiloMetadata(this ISiloBuilder builder, Dictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return builder.Configure<EmbeddedSiloOptions>(options =>
        {
            foreach (var (key, value) in metadata)
            {
                options.Metadata[key] = value;
            }
        });
    }
}
