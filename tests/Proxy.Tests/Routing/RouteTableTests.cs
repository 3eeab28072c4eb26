using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Routing;

public sealed class RouteTableTests
{
    [Theory]
    [InlineData("/", "all")]
    [InlineData("/a", "exact")]
    [InlineData("/a/", "prefix")]
    [InlineData("/a/b", "prefix")]
    [InlineData("/ab", "all")]
    [InlineData("/A", "all")]
    [InlineData("*", "all")]
    [InlineData("/items/17", "pattern")]
    [InlineData("/items/17/x", "all")]
    [InlineData("/items/", "all")]
    [InlineData("/x/items/17", "all")]
    public void Find_ByPath_TakesTheFirstThatMatches(string path, string expected)
    {
        var table = new RouteTable(
            [
                Named("exact", Path(PathMatch.Types.Kind.Exact, "/a")),
                Named("prefix", Path(PathMatch.Types.Kind.Prefix, "/a")),
                Named("pattern", Path(PathMatch.Types.Kind.RegularExpression, "/items/[0-9]+")),
                Named("all"),
            ],
            null);
        Assert.Equal(expected, Find(table, path).Name);
    }

    [Fact]
    public void Find_WithSeveralMatching_KeepsTheOrderAcrossKinds()
    {
        var prefixFirst = new RouteTable(
            [Named("prefix", Path(PathMatch.Types.Kind.Prefix, "/a")), Named("exact", Path(PathMatch.Types.Kind.Exact, "/a/b"))], null);
        Assert.Equal("prefix", Find(prefixFirst, "/a/b").Name);
        var patternFirst = new RouteTable(
            [
                Named("pattern", Path(PathMatch.Types.Kind.RegularExpression, "/a.*")),
                Named("prefix", Path(PathMatch.Types.Kind.Prefix, "/a")),
            ],
            null);
        Assert.Equal("pattern", Find(patternFirst, "/a/b").Name);
        var longerSecond = new RouteTable(
            [Named("short", Path(PathMatch.Types.Kind.Prefix, "/a")), Named("long", Path(PathMatch.Types.Kind.Prefix, "/a/b/"))], null);
        Assert.Equal("short", Find(longerSecond, "/a/b/c").Name);
    }

    [Fact]
    public void Find_ByMethodAndHeaders_WantsAllOfThem()
    {
        var match = new RouteMatch
        {
            Method = "POST",
            Headers =
            {
                new HeaderMatch { Name = "x-version", Value = "2" },
                new HeaderMatch { Name = "x-user", Value = "[a-c]+", RegularExpression = true },
            },
        };
        var table = new RouteTable([Named("hit", match)], null);
        Assert.Equal("hit", Find(table, "/", "POST", "X-Version: 1\r\nx-version:2\r\nX-USER:  abc \r\n").Name);
        Assert.Equal("", Find(table, "/", "GET", "X-Version: 2\r\nX-User: abc\r\n").Name);
        Assert.Equal("", Find(table, "/", "POST", "X-Version: 2\r\n").Name);
        Assert.Equal("", Find(table, "/", "POST", "X-Version: 2\r\nX-User: abcd\r\n").Name);
        Assert.Equal("", Find(table, "/", "POST", "X-Version: 22\r\nX-User: abc\r\n").Name);
        Assert.Equal("", Find(table, "/", "POST", "").Name);
    }

    [Fact]
    public void Find_WithSeveralMatchesOfOneRoute_IsContentWithAny()
    {
        var table = new RouteTable(
            [Named("route", Path(PathMatch.Types.Kind.Exact, "/a"), new RouteMatch { Method = "DELETE" })], null);
        Assert.Equal("route", Find(table, "/a").Name);
        Assert.Equal("route", Find(table, "/b", "DELETE").Name);
        Assert.Equal("", Find(table, "/b").Name);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("a)|(b")]
    [InlineData(@"(a)\1")]
    [InlineData("(?=a)a")]
    public void Find_WithAnExpressionThatCannotBeUsed_NeverMatchesIt(string pattern)
    {
        var byPath = new RouteTable([Named("broken", Path(PathMatch.Types.Kind.RegularExpression, pattern))], null);
        Assert.Equal("", Find(byPath, "/a").Name);
        Assert.Equal("", Find(byPath, "a").Name);
        var header = new RouteMatch { Headers = { new HeaderMatch { Name = "x", Value = pattern, RegularExpression = true } } };
        Assert.Equal("", Find(new RouteTable([Named("broken", header)], null), "/a", headers: "X: a\r\n").Name);
    }

    [Fact]
    public void Find_WithAnExpressionThatBacktracks_StaysFast()
    {
        var table = new RouteTable([Named("evil", Path(PathMatch.Types.Kind.RegularExpression, "/(a+)+b"))], null);
        var clock = TimeProvider.System.GetTimestamp();
        Assert.Equal("", Find(table, "/" + new string('a', 8_000)).Name);
        Assert.InRange(TimeProvider.System.GetElapsedTime(clock), TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Settings_OfARoute_ReplaceRetriesAndLimitsOfTheServiceEachAsAWhole()
    {
        var service = new TrafficSettings
        {
            RequestTimeoutMs = 1_000,
            IdleTimeoutMs = 500,
            Retry = new RetryPolicy { Http = { new StatusRange { First = 500, Last = 599 } } },
        };
        var limited = Named("limited", Path(PathMatch.Types.Kind.Exact, "/limited"));
        limited.Settings = new TrafficSettings { ResponseTimeoutMs = 100 };
        var retried = Named("retried", Path(PathMatch.Types.Kind.Exact, "/retried"));
        var only503 = new RetryPolicy { Limit = 3, Http = { new StatusRange { First = 503, Last = 503 } } };
        retried.Settings = new TrafficSettings { Retry = only503 };
        var table = new RouteTable([limited, retried, Named("plain", Path(PathMatch.Types.Kind.Exact, "/plain"))], service);

        Assert.Equal(100, Find(table, "/limited").Limits.Response);
        Assert.Equal(0, Find(table, "/limited").Limits.Request);
        Assert.True(Find(table, "/limited").Retry!.Matches(500));
        Assert.Equal(3, Find(table, "/retried").Retry!.Limit);
        Assert.False(Find(table, "/retried").Retry!.Matches(500));
        Assert.Equal(500, Find(table, "/retried").Limits.Idle);
        Assert.Equal(1_000, Find(table, "/plain").Limits.Request);
        Assert.Equal("", Find(table, "/other").Name);
        Assert.Equal(1_000, Find(table, "/other").Limits.Request);
        Assert.False(table.IsUniform);
        Assert.True(new RouteTable([], service).IsUniform);
    }

    [Fact]
    public void Find_ByExactPathAndPrefix_AllocatesNothing()
    {
        var table = new RouteTable(
            [
                Named("exact", Path(PathMatch.Types.Kind.Exact, "/a/b/c")),
                Named("prefix", Path(PathMatch.Types.Kind.Prefix, "/items")),
                Named("header", new RouteMatch { Headers = { new HeaderMatch { Name = "x-a", Value = "1" } } }),
            ],
            null);
        var paths = new[] { "/a/b/c"u8.ToArray(), "/items/1/2/3"u8.ToArray(), "/nothing"u8.ToArray() };
        var lines = "Host: x\r\nX-B: 1\r\n\r\n"u8.ToArray();
        var found = 0;
        for (var i = 0; i < 1_000; i++)
        {
            found += table.Find("GET"u8, paths[i % 3], new HeadFields(lines)).Name.Length > 0 ? 1 : 0;
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            found += table.Find("GET"u8, paths[i % 3], new HeadFields(lines)).Name.Length > 0 ? 1 : 0;
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1_334, found);
    }

    [Theory]
    [InlineData("/a/b?c=/d", "/a/b")]
    [InlineData("/", "/")]
    [InlineData("http://host:80/a?b", "/a")]
    [InlineData("http://host?b/c", "/")]
    [InlineData("http://host", "/")]
    [InlineData("*", "*")]
    [InlineData("/a://b/c", "/a://b/c")]
    [InlineData("", "")]
    public void Of_ATarget_IsItsPath(string target, string path) =>
        Assert.Equal(path, Encoding.ASCII.GetString(RequestPath.Of(Encoding.ASCII.GetBytes(target))));

    [Fact]
    public void TryFind_CutAtEveryByte_NeverLeavesTheHead()
    {
        var head = Encoding.ASCII.GetBytes("Host: x\r\nX-A: 1\r\nx-a:2\r\n\r\n");
        for (var length = 0; length <= head.Length; length++)
        {
            var position = 0;
            var fields = new HeadFields(head.AsSpan(0, length));
            var found = 0;
            while (fields.TryFind("x-a"u8, ref position, out _))
            {
                found++;
            }
            Assert.Equal(length >= 24 ? 2 : length >= 17 ? 1 : 0, found);
        }
    }

    private static RouteSettings Find(RouteTable table, string path, string method = "GET", string headers = "Host: x\r\n") =>
        table.Find(
            Encoding.ASCII.GetBytes(method), Encoding.ASCII.GetBytes(path), new HeadFields(Encoding.ASCII.GetBytes(headers + "\r\n")));

    private static Route Named(string name, params RouteMatch[] matches) =>
        new() { Kind = "httproute", Name = name, Matches = { matches } };

    private static RouteMatch Path(PathMatch.Types.Kind kind, string value) =>
        new() { Path = new PathMatch { Kind = kind, Value = value } };
}
