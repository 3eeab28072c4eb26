namespace Mesh.Interfaces.Exports;

/// <summary>A grain that follows an <see cref="IExportCatalogGrain"/>.</summary>
[Alias("mesh.IExportCatalogSubscriber")]
public interface IExportCatalogSubscriber : IGrainWithStringKey
{
    [Alias("OnExportCatalog")]
    Task OnExportCatalog(ExportCatalogSnapshot snapshot);
}
