namespace Mesh.Interfaces.Exports;

/// <summary>One exported service. Key: <see cref="Keys.ServiceKey"/>; lives in the service's cluster.</summary>
[Alias("mesh.IExportedServiceGrain")]
public interface IExportedServiceGrain : IGrainWithStringKey
{
    /// <returns>The service as it is now, or null when it does not exist or <paramref name="selectors"/> do not select it.</returns>
    [Alias("Describe")]
    Task<ExportedService?> Describe(ExportSelectors selectors, CancellationToken cancellationToken = default);
}
