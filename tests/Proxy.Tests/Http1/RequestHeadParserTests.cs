using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Tests.Corpora;

namespace Mesh.Proxy.Tests.Http1;

public sealed class RequestHeadParserTests
{
    public static TheoryData<string, HeadErrorName> Refused
    {
        get
        {
            var data = new TheoryData<string, HeadErrorName>();
            foreach (var (head, error) in Http1Corpus.RefusedRequests)
            {
                data.Add(head, error);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Parse_OfAnAmbiguousHead_Refuses(string head, HeadErrorName expected) =>
        Assert.Equal(expected.Name, RequestHeadParser.Parse(Encoding.Latin1.GetBytes(head), out _).ToString());

    [Fact]
    public void Parse_OfAPlainHead_FindsItsParts()
    {
        var head = "POST /a/b?c=d HTTP/1.1\r\nhost: x\r\nCONTENT-LENGTH:  12 \r\n\r\n"u8;
        Assert.Equal(HeadError.None, RequestHeadParser.Parse(head, out var request));
        Assert.Equal(HttpVerb.Post, request.Verb);
        Assert.Equal("/a/b?c=d", Encoding.ASCII.GetString(head.Slice(request.TargetStart, request.TargetLength)));
        Assert.Equal(BodyFraming.Length, request.Framing);
        Assert.Equal(12, request.ContentLength);
        Assert.True(request.KeepAlive);
        Assert.False(request.IsIdempotent);
    }

    [Theory]
    [InlineData("HTTP/1.1", "", true)]
    [InlineData("HTTP/1.1", "Connection: close\r\n", false)]
    [InlineData("HTTP/1.1", "Connection: foo, Close\r\n", false)]
    [InlineData("HTTP/1.0", "", false)]
    [InlineData("HTTP/1.0", "Connection: Keep-Alive\r\n", true)]
    [InlineData("HTTP/1.0", "Connection: keep-alive\r\nConnection: close\r\n", false)]
    public void Parse_OfConnection_SaysWhetherItGoesOn(string version, string header, bool keepAlive)
    {
        RequestHeadParser.Parse(Encoding.ASCII.GetBytes($"GET / {version}\r\nHost: x\r\n{header}\r\n"), out var request);
        Assert.Equal(keepAlive, request.KeepAlive);
    }

    [Fact]
    public void Scan_SplitAtEveryByte_FindsTheSameEnd()
    {
        var bytes = "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\nrest"u8.ToArray();
        for (var split = 0; split <= bytes.Length; split++)
        {
            var lineStart = 0;
            var error = HeadScanner.Find(bytes.AsSpan(0, split), ref lineStart, out var length);
            Assert.Equal(HeadError.None, error);
            if (length == 0)
            {
                error = HeadScanner.Find(bytes, ref lineStart, out length);
            }
            Assert.Equal(HeadError.None, error);
            Assert.Equal(bytes.Length - 4, length);
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\nHost: x\n\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\n\r\n")]
    [InlineData("\n")]
    public void Scan_OfABareLineFeed_RefusesAtOnce(string head)
    {
        var lineStart = 0;
        Assert.Equal(HeadError.BareLineFeed, HeadScanner.Find(Encoding.ASCII.GetBytes(head), ref lineStart, out _));
    }

    /// <summary>The name of a HeadError; a public type, as test arguments must be.</summary>
    public sealed record HeadErrorName(string Name)
    {
        public static implicit operator HeadErrorName(string name) => new(name);
    }
}
