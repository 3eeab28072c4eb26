namespace Mesh.Conformance.TestSilo.Grains;

[Alias("test.IProbeObserver")]
public interface IProbeObserver : IGrainObserver
{
    [Alias("OnText")]
    Task OnText(string text);
}
