namespace Mesh.Conformance.TestSilo.Grains;

/// <summary>A second interface of a grain, to be passed around.</summary>
[Alias("test.INamed")]
public interface INamed : IGrainWithStringKey
{
    [Orleans.Concurrency.AlwaysInterleave]
    [Alias("Name")]
    Task<string> Name();
}
