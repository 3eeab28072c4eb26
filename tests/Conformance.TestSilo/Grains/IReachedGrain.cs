namespace Mesh.Conformance.TestSilo.Grains;

/// <summary>Is there to be called.</summary>
[Alias("test.IReachedGrain")]
public interface IReachedGrain : IGrainWithStringKey
{
    [Alias("Reach")]
    Task Reach();
}
