using Mesh.Sandbox.Lifecycle;

namespace Mesh.Sandbox.Tests.Lifecycle;

public class ProcessIdentityTests
{
    internal static ProcessIdentity Read(string statFile) => ProcessIdentity.FromStat(File.ReadAllText(statFile))!.Value;

    [Fact]
    public void Of_ThisProcess_IsAlive()
    {
        var self = ProcessIdentity.Of(Environment.ProcessId)!.Value;

        Assert.True(self.IsAlive());
        Assert.Equal(self, ProcessIdentity.Parse(self.ToString()));
    }

    [Fact]
    public void IsAlive_RecycledId_IsFalse()
    {
        var self = ProcessIdentity.Of(Environment.ProcessId)!.Value;
        var before = self with { StartTime = self.StartTime - 1 };

        Assert.False(before.IsAlive());
        Assert.False(before.Signal(0));
    }

    [Fact]
    public void FromStat_NameWithParenthesesAndSpaces_IsRead() => Assert.Equal(
        new ProcessIdentity(8540, 176240),
        ProcessIdentity.FromStat("8540 (a) (b c) R 8539 8526 3481 0 -1 4194560 82 0 1 0 0 0 0 0 20 0 1 0 176240 2654208 405"));

    [Theory]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("x (y) z")]
    [InlineData("12 (y) R 1 2 3")]
    public void FromStat_Garbage_IsNull(string text) => Assert.Null(ProcessIdentity.FromStat(text));
}
