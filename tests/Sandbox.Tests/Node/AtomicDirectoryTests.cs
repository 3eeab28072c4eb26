using System.Text;
using Mesh.Sandbox.Node;

namespace Mesh.Sandbox.Tests.Node;

public sealed class AtomicDirectoryTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sandbox-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Write_Again_ReplacesEverythingAtOnce()
    {
        Assert.True(Write(("a", "1"), ("sub/b", "2")));
        Assert.False(Write(("a", "1"), ("sub/b", "2")));
        Assert.True(Write(("a", "3"), ("c", "4")));

        Assert.Equal("3", File.ReadAllText(Path.Combine(_directory, "a")));
        Assert.Equal("4", File.ReadAllText(Path.Combine(_directory, "c")));
        Assert.False(Path.Exists(Path.Combine(_directory, "sub")));
        Assert.Single(Directory.EnumerateDirectories(_directory), d => !d.EndsWith("..data", StringComparison.Ordinal));
    }

    [Fact]
    public void Write_Group_MayReadTheFiles()
    {
        var files = new Dictionary<string, (byte[], UnixFileMode)> { ["key"] = (Encoding.UTF8.GetBytes("secret"), UnixFileMode.UserRead) };
        AtomicDirectory.Write(_directory, files, group: 65532);

        using var cat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["-L", "-c", "%a %u %g", Path.Combine(_directory, "key")])
        {
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("440 0 65532", cat.StandardOutput.ReadToEnd().Trim());
    }

    private bool Write(params (string Name, string Content)[] files) => AtomicDirectory.Write(
        _directory, files.ToDictionary(f => f.Name, f => (Encoding.UTF8.GetBytes(f.Content), UnixFileMode.UserRead)));
}
