namespace Mesh.Conformance.TestSilo.Grains;

[Alias("test.IReentrantGrain")]
public interface IReentrantGrain : IGrainWithGuidKey
{
    [Alias("Recurse")]
    Task<int> Recurse(int depth);
}
