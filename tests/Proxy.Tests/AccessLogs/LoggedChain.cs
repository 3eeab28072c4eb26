using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Tests.DataPlane;
using Mesh.Testing;
using Format = Mesh.Interfaces.NodeSession.AccessLog;

namespace Mesh.Proxy.Tests.AccessLogs;

/// <summary>A chain whose server pod asks for an access log, and the log.</summary>
internal sealed class LoggedChain : IAsyncDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"mesh-access-{Guid.NewGuid():N}.log");

    private LoggedChain(int port, Format format, InboundPolicy? policy)
    {
        policy ??= TestChain.Allow(TestChain.MeshTls(TestChain.ClientIdentity));
        Chain = TestChain.StartTo(port, policy, serverOptions: TestNode.Options(_path));
        var pod = Chain.Server.Pod(policy);
        pod.Pod.AccessLog = format;
        Chain.Server.Apply(pod);
    }

    public TestChain Chain { get; }

    public static LoggedChain Start(int port, Format format, InboundPolicy? policy = null) => new(port, format, policy);

    /// <summary>Waits for so many lines.</summary>
    public async Task<string[]> LinesAsync(int count, CancellationToken cancellationToken)
    {
        await Eventually.Holds(() => Read().Length >= count, TimeSpan.FromSeconds(10), () => $"{Read().Length} lines", cancellationToken);
        return Read();
    }

    public async ValueTask DisposeAsync()
    {
        await Chain.DisposeAsync();
        File.Delete(_path);
    }

    private string[] Read()
    {
        if (!File.Exists(_path))
        {
            return [];
        }
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
