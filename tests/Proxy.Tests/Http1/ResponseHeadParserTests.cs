using System.Text;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Tests.Http1;

public sealed class ResponseHeadParserTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "GET", "Length", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD", "None", true)]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "GET", "None", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", "GET", "Chunked", true)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "GET", "None", true)]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET", "None", true)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", "GET", "None", true)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", "GET", "UntilClose", false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n", "GET", "Length", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", "GET", "Length", false)]
    public void Parse_FindsTheFraming(string head, string verb, string framing, bool keepAlive)
    {
        Assert.Equal(HeadError.None, ResponseHeadParser.Parse(
            Encoding.ASCII.GetBytes(head), verb == "HEAD" ? HttpVerb.Head : HttpVerb.Get, out var response));
        Assert.Equal(framing, response.Framing.ToString());
        Assert.Equal(keepAlive, response.KeepAlive);
    }

    [Theory]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 999 OK\r\n\r\n")]
    [InlineData("HTTP/1.1  200 OK\r\n\r\n")]
    [InlineData("HTTP/2 200 OK\r\n\r\n")]
    [InlineData("ICY 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX : y\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\rSet-Cookie: a=b\r\n\r\n")]
    [InlineData("HTTP/1.1 200 O\u007fK\r\n\r\n")]
    public void Parse_OfAnAmbiguousHead_Refuses(string head) =>
        Assert.NotEqual(HeadError.None, ResponseHeadParser.Parse(Encoding.ASCII.GetBytes(head), HttpVerb.Get, out _));
}
