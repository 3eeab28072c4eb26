using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Tests.Lifecycle;

public sealed class KubeconfigMergerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sandbox-test-").FullName;
    private readonly SandboxPlan _plan;
    private readonly string _ours;

    public KubeconfigMergerTests()
    {
        _plan = SandboxPlan.Create("t", Path.Combine(_directory, "state"), ["east", "west"], 1);
        foreach (var cluster in _plan.Clusters)
        {
            ClusterAuthority.Create(cluster, TimeProvider.System);
        }
        _ours = Kubeconfig.ForPerson(_plan, new Dictionary<string, int> { ["east"] = 1111, ["west"] = 2222 });
    }

    private string File1 => Path.Combine(_directory, ".kube", "config");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Merge_NoFile_MakesOneAndRemoveTakesItAwayAgain()
    {
        KubeconfigMerger.Merge(File1, _ours);

        Assert.Contains("https://127.0.0.1:1111", File.ReadAllText(File1));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(File1));

        KubeconfigMerger.Remove(File1, _plan.StateDirectory);

        Assert.False(Directory.Exists(Path.GetDirectoryName(File1)));
    }

    [Fact]
    public void Merge_FileWithOtherContexts_LeavesThemAsTheyAre()
    {
        Write("""
            apiVersion: v1
            kind: Config
            current-context: production
            clusters:
            - name: production
              cluster: {server: 'https://prod:6443'}
            contexts:
            - name: production
              context: {cluster: production, user: me}
            users:
            - name: me
              user: {token: abc}
            """);

        KubeconfigMerger.Merge(File1, _ours);
        KubeconfigMerger.Merge(File1, _ours);

        var merged = File.ReadAllText(File1);
        Assert.Contains("current-context: production", merged);
        Assert.Contains("https://prod:6443", merged);
        Assert.Equal(2, merged.Split("https://127.0.0.1").Length - 1);

        KubeconfigMerger.Remove(File1, _plan.StateDirectory);

        var left = File.ReadAllText(File1);
        Assert.Contains("token: abc", left);
        Assert.DoesNotContain("127.0.0.1", left);
        Assert.DoesNotContain("east", left);
    }

    [Fact]
    public void Merge_ContextOfSomebodyElse_IsRefusedAndNothingChanges()
    {
        const string Theirs = """
            apiVersion: v1
            kind: Config
            clusters: []
            contexts:
            - name: east
              context: {cluster: real-east, user: me}
            users: []
            """;
        Write(Theirs);

        var exception = Assert.Throws<SandboxException>(() => KubeconfigMerger.Merge(File1, _ours));

        Assert.Contains("east", exception.Message);
        Assert.Contains("--no-merge-kubeconfig", exception.Message);
        Assert.Equal(Theirs, File.ReadAllText(File1));
    }

    [Fact]
    public void Remove_OfAnotherSandbox_TouchesNothing()
    {
        KubeconfigMerger.Merge(File1, _ours);
        var before = File.ReadAllText(File1);

        KubeconfigMerger.Remove(File1, "/somewhere/else");

        Assert.Equal(before, File.ReadAllText(File1));
    }

    private void Write(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File1)!);
        File.WriteAllText(File1, text);
    }
}
