using Mesh.Sandbox.Node;

namespace Mesh.Sandbox.Tests.Node;

public class RestartBackoffTests
{
    [Fact]
    public void Next_CrashLoop_AtOnceThenDoubling()
    {
        var backoff = new RestartBackoff();

        Assert.Equal([0, 1, 2, 4, 8], Enumerable.Range(0, 5).Select(_ => backoff.Next(TimeSpan.Zero).TotalSeconds));
        Assert.Equal(TimeSpan.Zero, backoff.Next(RestartBackoff.Forgiven));
        for (var i = 0; i < 20; i++)
        {
            backoff.Next(TimeSpan.Zero);
        }
        Assert.Equal(TimeSpan.FromMinutes(5), backoff.Next(TimeSpan.Zero));
    }
}
