namespace Orleans.Runtime.MembershipService.SiloMetadata;

/// <summary>The metadata of every silo known.</summary>
public interface ISiloMetadataCache
{
    /// <returns>The silo's metadata, <see cref="SiloMetadata.Empty"/> when it is not known.</returns>
    SiloMetadata GetSiloMetadata(SiloAddress siloAddress);
}
