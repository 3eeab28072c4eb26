using Mesh.Sandbox.Lifecycle;

namespace Mesh.Sandbox.Tests.Lifecycle;

public class CommandLineTests
{
    [Fact]
    public void Constructor_BothNotations_AreRead()
    {
        var line = new CommandLine(["a", "--x", "1", "--y=2=3", "--flag", "b"], ["x", "y"], ["flag"]);

        Assert.Equal(["a", "b"], line.Rest);
        Assert.Equal(1, line.Number("x", 0));
        Assert.Equal("2=3", line.Value("y"));
        Assert.True(line.Switch("flag"));
    }

    [Theory]
    [InlineData("--unknown")]
    [InlineData("--x")]
    public void Constructor_BadOption_SaysWhich(string option) =>
        Assert.Contains(option, Assert.Throws<UsageException>(() => new CommandLine([option], ["x"], [])).Message);
}
