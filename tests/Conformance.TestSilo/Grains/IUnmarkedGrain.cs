namespace Mesh.Conformance.TestSilo.Grains;

/// <summary>Takes what cannot travel.</summary>
[Alias("test.IUnmarkedGrain")]
public interface IUnmarkedGrain : IGrainWithStringKey
{
    [Alias("Take")]
    Task Take(UnmarkedRecord value);
}
