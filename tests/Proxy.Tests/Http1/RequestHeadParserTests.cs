using System.Text;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Tests.Http1;

public sealed class RequestHeadParserTests
{
    /// <summary>Heads that are refused, and why. Also the seeds of the fuzz test.</summary>
    public static TheoryData<string, HeadErrorName> Refused => new()
    {
        { "GET / HTTP/1.1\r\n\r\n", "BadHost" },
        { "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "BadHost" },
        { "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "BadHost" },
        { "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "BadStartLine" },
        { "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "BadStartLine" },
        { "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "BadStartLine" },
        { "G\u0001T / HTTP/1.1\r\nHost: a\r\n\r\n", "BadStartLine" },
        { " / HTTP/1.1\r\nHost: a\r\n\r\n", "BadStartLine" },
        { "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "BadVersion" },
        { "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "BadVersion" },
        { "GET / http/1.1\r\nHost: a\r\n\r\n", "BadVersion" },
        { "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "BadHeaderName" },
        { "GET / HTTP/1.1\r\nHost\r\n\r\n", "BadHeaderName" },
        { "GET / HTTP/1.1\r\n: a\r\n\r\n", "BadHeaderName" },
        { "GET / HTTP/1.1\r\nHo\u00e9st: a\r\n\r\n", "BadHeaderName" },
        { "GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n", "FoldedHeader" },
        { "GET / HTTP/1.1\r\nHost: a\r\nX: \u0000\r\n\r\n", "BadHeaderValue" },
        { "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", "BadHeaderValue" },
        { "GET / HTTP/1.1\r\nHost: a\r\nX: \u007f\r\n\r\n", "BadHeaderValue" },
        { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", "BadContentLength" },
        { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "BadContentLength" },
        { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x10\r\n\r\n", "BadContentLength" },
        { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1 0\r\n\r\n", "BadContentLength" },
        { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "BadContentLength" },
        { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "BadContentLength" },
        { "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", "BadTransferEncoding" },
        { "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", "BadTransferEncoding" },
        { "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "BadTransferEncoding" },
        { "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \u000bchunked\r\n\r\n", "BadHeaderValue" },
        { "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "BadTransferEncoding" },
        { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", "AmbiguousLength" },
    };

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

    [Fact]
    public void Parse_OfMutatedHeads_NeverThrowsAndNeverAcceptsTwoLengths()
    {
        var random = new Random(20260101);
        var seeds = Refused.Select(row => Encoding.Latin1.GetBytes(row.Data.Item1)).ToList();
        for (var i = 0; i < 200_000; i++)
        {
            var bytes = (byte[])seeds[random.Next(seeds.Count)].Clone();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)" \r\n:\t0aA,"[random.Next(9)];
            }
            var lineStart = 0;
            if (HeadScanner.Find(bytes, ref lineStart, out var length) != HeadError.None || length == 0)
            {
                continue;
            }
            var head = bytes.AsSpan(0, length);
            if (RequestHeadParser.Parse(head, out var request) == HeadError.None)
            {
                var text = Encoding.Latin1.GetString(head).ToLowerInvariant();
                var lengths = text.Split("\r\ncontent-length:").Length - 1;
                var encodings = text.Split("\r\ntransfer-encoding:").Length - 1;
                Assert.True(lengths + encodings <= 1, text);
                Assert.Equal(encodings == 1, request.Framing == BodyFraming.Chunked);
                Assert.DoesNotContain(text, c => c is '\0' or '\v');
            }
        }
    }

    /// <summary>The name of a HeadError; a public type, as test arguments must be.</summary>
    public sealed record HeadErrorName(string Name)
    {
        public static implicit operator HeadErrorName(string name) => new(name);
    }
}
