using Mesh.Cli.CommandLine;
using Mesh.Testing;

namespace Mesh.Cli.Tests;

/// <summary>Runs the command line against a fake API server, the context <c>east</c> of a kubeconfig of its own.</summary>
public abstract class CliFixture : IAsyncLifetime
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    protected FakeApiServer Api { get; private set; } = null!;

    protected string Folder { get; } = Directory.CreateTempSubdirectory("mesh-cli-tests-").FullName;

    protected string Output => _output.ToString();

    protected string Error => _error.ToString();

    public async ValueTask InitializeAsync()
    {
        Api = await FakeApiServer.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(Folder, "kubeconfig"), $"""
            current-context: east
            clusters:
            - name: c
              cluster:
                server: "{Api.Address}"
            contexts:
            - name: east
              context:
                cluster: c
                namespace: from-context
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <returns>The exit code; what was printed before is forgotten.</returns>
    protected Task<int> MeshAsync(params string[] arguments) => MeshAsync("", arguments);

    protected Task<int> MeshAsync(string input, string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        var environment = new CliEnvironment
        {
            Input = new StringReader(input),
            Output = _output,
            Error = _error,
            Kubeconfig = Path.Combine(Folder, "kubeconfig"),
        };
        return MeshCommandLine.RunAsync(arguments, environment, TestContext.Current.CancellationToken);
    }
}
