namespace Mesh.Interfaces.Endpoints;

/// <summary>The live endpoints of one service. Key: <see cref="Keys.ServiceKey"/>; lives in the service's cluster.</summary>
[Alias("mesh.IEndpointSetGrain")]
public interface IEndpointSetGrain : IGrainWithStringKey
{
    /// <summary>Subscribes or renews, as <see cref="Exports.IExportCatalogGrain.Subscribe"/> does.</summary>
    /// <returns>The current snapshot, or null when it is the one held.</returns>
    [Alias("Subscribe")]
    Task<EndpointSetSnapshot?> Subscribe(IEndpointSetSubscriber subscriber, ulong heldVersion, CancellationToken cancellationToken = default);

    [Alias("Unsubscribe")]
    Task Unsubscribe(IEndpointSetSubscriber subscriber);
}
