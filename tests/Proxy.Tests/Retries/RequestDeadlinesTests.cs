using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Retries;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Retries;

public sealed class RequestDeadlinesTests
{
    private const long DefaultIdle = 10_000;
    private RequestDeadlines _deadlines;

    [Fact]
    public void Start_WithoutSettings_SetsNone()
    {
        _deadlines.Start(RouteSettings.None, 0, DefaultIdle);
        Assert.False(_deadlines.AreSet);
    }

    [Fact]
    public void Passed_OfTheRequestLimit_DoesNotDependOnWhatMoves()
    {
        Start(new TrafficSettings { RequestTimeoutMs = 100 });
        _deadlines.Move(90);
        _deadlines.RequestSent(mayRetry: false, 95);
        Assert.Equal(100, _deadlines.Next);
        Assert.Equal(Deadline.None, _deadlines.Passed(99));
        Assert.Equal(Deadline.Request, _deadlines.Passed(100));
    }

    [Fact]
    public void Passed_OfTheResponseLimit_CountsFromTheEndOfTheRequestOfEachAttempt()
    {
        Start(new TrafficSettings { ResponseTimeoutMs = 100 });
        Assert.Equal(Deadline.None, _deadlines.Passed(5_000));
        _deadlines.RequestSent(mayRetry: false, 5_000);
        Assert.Equal(Deadline.Response, _deadlines.Passed(5_100));
        _deadlines.Rewind();
        Assert.Equal(Deadline.None, _deadlines.Passed(5_100));
        _deadlines.RequestSent(mayRetry: false, 5_200);
        _deadlines.EndAttempt();
        Assert.Equal(5_300, _deadlines.Next);
    }

    [Fact]
    public void Passed_OfTheIdleLimit_MovesOn()
    {
        Start(new TrafficSettings { IdleTimeoutMs = 50 });
        _deadlines.Move(40);
        Assert.Equal(Deadline.None, _deadlines.Passed(89));
        Assert.Equal(Deadline.Idle, _deadlines.Passed(90));
        Assert.Contains("50 ms", _deadlines.Describe(Deadline.Idle), StringComparison.Ordinal);
    }

    [Fact]
    public void Passed_OfAnAttempt_OnlyWhereAnotherMayFollow()
    {
        Start(new TrafficSettings { Retry = new RetryPolicy { TimeoutMs = 20 } });
        Assert.True(_deadlines.AreSet);
        _deadlines.RequestSent(mayRetry: true, 10);
        Assert.Equal(Deadline.Attempt, _deadlines.Passed(30));
        _deadlines.Rewind();
        _deadlines.RequestSent(mayRetry: false, 40);
        Assert.Equal(Deadline.None, _deadlines.Passed(1_000));
        Assert.Equal(40 + DefaultIdle, _deadlines.Next);
    }

    [Fact]
    public void Passed_OfSeveral_EndsTheRequestRatherThanTryingAgain()
    {
        Start(new TrafficSettings { RequestTimeoutMs = 100, Retry = new RetryPolicy { TimeoutMs = 100 } });
        _deadlines.RequestSent(mayRetry: true, 0);
        Assert.Equal(Deadline.Request, _deadlines.Passed(100));
    }

    private void Start(TrafficSettings settings) => _deadlines.Start(RouteSettings.Of(settings), 0, DefaultIdle);
}
