namespace Mesh.Interfaces.Endpoints;

/// <summary>A grain that follows endpoint sets.</summary>
[Alias("mesh.IEndpointSetSubscriber")]
public interface IEndpointSetSubscriber : IGrainWithStringKey
{
    [Alias("OnEndpointSet")]
    Task OnEndpointSet(EndpointSetSnapshot snapshot);
}
