namespace Mesh.Embedded.TestSilo.Grains;

[Alias("test.IReentrantGrain")]
public interface IReentrantGrain : IGrainWithGuidKey
{
    [Alias("Recurse")]
    Task<int> Recurse(int depth);
}
