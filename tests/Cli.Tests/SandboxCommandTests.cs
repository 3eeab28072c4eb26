namespace Mesh.Cli.Tests;

public sealed class SandboxCommandTests : CliFixture
{
    private const string Variable = "MESH_SANDBOX_PROGRAM";

    [Fact]
    public async Task Sandbox_AnyArguments_GoToTheProgramAndItsExitCodeComesBack()
    {
        var program = Path.Combine(Folder, "sandbox.sh");
        await File.WriteAllTextAsync(program, "#!/bin/sh\necho \"$@\" > \"$(dirname \"$0\")/seen\"\nexit 7\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable(Variable, program);
        try
        {
            Assert.Equal(7, await MeshAsync("sandbox", "cut", "east", "--help"));
            Assert.Equal("cut east --help\n", await File.ReadAllTextAsync(Path.Combine(Folder, "seen"), TestContext.Current.CancellationToken));
            Environment.SetEnvironmentVariable(Variable, "/nowhere");
            Assert.Equal(1, await MeshAsync("sandbox", "up"));
            Assert.Contains("/nowhere is not there", Error);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }
}
