namespace Mesh.Conformance.TestSilo.Grains;

[Alias("test.IFailingGrain")]
public interface IFailingGrain : IGrainWithIntegerKey
{
    [Alias("Do")]
    Task<long> Do();
}
