namespace Mesh.Proxy.Tests.Enrolment;

/// <summary>A directory of the test's own, gone afterwards.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mesh-proxy-tests-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public ProxyOptions Options() => new()
    {
        ClusterName = "east",
        NodeName = "east-1",
        TokenPath = this["token"],
        TrustAnchorsPath = this["anchors.pem"],
        StateDirectory = this["state"],
        RunDirectory = this["run"],
        CniConfigDirectory = this["net.d"],
        CniBinDirectory = this["bin"],
    };

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
