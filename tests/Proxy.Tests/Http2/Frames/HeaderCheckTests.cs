using Mesh.Proxy.Http1;
using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Tests.Http2.Hpack;

namespace Mesh.Proxy.Tests.Http2.Frames;

public sealed class HeaderCheckTests
{
    private const string Get = ":method: GET|:scheme: http|:path: /|:authority: shop";

    [Theory]
    [InlineData(Get, HeaderError.None)]
    [InlineData(":method: GET|:scheme: https|:path: /|host: shop", HeaderError.None)]
    [InlineData(Get + "|host: SHOP", HeaderError.None)]
    [InlineData(":method: OPTIONS|:scheme: http|:path: *|:authority: shop", HeaderError.None)]
    [InlineData(":method: CONNECT|:authority: shop:80", HeaderError.None)]
    [InlineData(":method: BREW|:scheme: http|:path: /pot|:authority: [::1]:80", HeaderError.None)]
    [InlineData(Get + "|te: trailers", HeaderError.None)]
    [InlineData(Get + "|cookie: a=b|cookie: c=d", HeaderError.None)]
    [InlineData(Get + "|x-empty: ", HeaderError.None)]
    [InlineData(Get + "|content-length: 0", HeaderError.None)]
    [InlineData("", HeaderError.MissingPseudoField)]
    [InlineData(":scheme: http|:path: /|:authority: shop", HeaderError.MissingPseudoField)]
    [InlineData(":method: GET|:path: /|:authority: shop", HeaderError.MissingPseudoField)]
    [InlineData(":method: GET|:scheme: http|:authority: shop", HeaderError.MissingPseudoField)]
    [InlineData(":method: GET|:scheme: http|:path: /", HeaderError.BadAuthority)]
    [InlineData(":method: GET|:scheme: http|:path: /|:authority: ", HeaderError.BadAuthority)]
    [InlineData(":method: GET|:scheme: http|:path: /|:authority: user@shop", HeaderError.BadAuthority)]
    [InlineData(":method: GET|:scheme: http|:path: /|:authority: shop, other", HeaderError.BadAuthority)]
    [InlineData(":method: GET|:scheme: http|:path: /|:authority: shop/x", HeaderError.BadAuthority)]
    [InlineData(":method: GET|:scheme: http|:path: |:authority: shop", HeaderError.BadPath)]
    [InlineData(":method: GET|:scheme: http|:path: a|:authority: shop", HeaderError.BadPath)]
    [InlineData(":method: GET|:scheme: http|:path: *|:authority: shop", HeaderError.BadPath)]
    [InlineData(":method: GET|:scheme: http|:path: http://x/|:authority: shop", HeaderError.BadPath)]
    [InlineData(":method: GET|:scheme: http|:path: / HTTP/1.1\r\nx: y|:authority: shop", HeaderError.BadPath)]
    [InlineData(":method: GET|:scheme: http|:path: /a b|:authority: shop", HeaderError.BadPath)]
    [InlineData(":method: GET|:scheme: http|:path: /\u007f|:authority: shop", HeaderError.BadPath)]
    [InlineData(":method: |:scheme: http|:path: /|:authority: shop", HeaderError.BadMethod)]
    [InlineData(":method: GET /|:scheme: http|:path: /|:authority: shop", HeaderError.BadMethod)]
    [InlineData(":method: GET|:scheme: ftp|:path: /|:authority: shop", HeaderError.BadScheme)]
    [InlineData(":method: GET|:scheme: |:path: /|:authority: shop", HeaderError.BadScheme)]
    [InlineData(Get + "|:method: GET", HeaderError.BadPseudoField)]
    [InlineData(Get + "|:authority: shop", HeaderError.BadPseudoField)]
    [InlineData(Get + "|:authority: other", HeaderError.BadPseudoField)]
    [InlineData(Get + "|:unknown: x", HeaderError.BadPseudoField)]
    [InlineData(Get + "|:status: 200", HeaderError.BadPseudoField)]
    [InlineData(Get + "|:protocol: websocket", HeaderError.BadPseudoField)]
    [InlineData(":method: GET|:scheme: http|x: y|:path: /|:authority: shop", HeaderError.BadPseudoField)]
    [InlineData(Get + "|x: y|:path: /other", HeaderError.BadPseudoField)]
    [InlineData(Get + "|host: other", HeaderError.HostConflict)]
    [InlineData(Get + "|host: shop:80", HeaderError.HostConflict)]
    [InlineData(Get + "|host: shop|host: shop", HeaderError.HostConflict)]
    [InlineData(":method: GET|:scheme: http|:path: /|host: a|host: b", HeaderError.HostConflict)]
    [InlineData(Get + "|host: ", HeaderError.BadAuthority)]
    [InlineData(":method: CONNECT|:scheme: http|:authority: shop:80", HeaderError.BadConnect)]
    [InlineData(":method: CONNECT|:path: /|:authority: shop:80", HeaderError.BadConnect)]
    [InlineData(":method: CONNECT", HeaderError.MissingPseudoField)]
    [InlineData(":method: CONNECT|host: shop", HeaderError.MissingPseudoField)]
    [InlineData(Get + "|connection: close", HeaderError.ConnectionSpecificField)]
    [InlineData(Get + "|keep-alive: x", HeaderError.ConnectionSpecificField)]
    [InlineData(Get + "|proxy-connection: x", HeaderError.ConnectionSpecificField)]
    [InlineData(Get + "|transfer-encoding: chunked", HeaderError.ConnectionSpecificField)]
    [InlineData(Get + "|upgrade: websocket", HeaderError.ConnectionSpecificField)]
    [InlineData(Get + "|te: gzip", HeaderError.BadTe)]
    [InlineData(Get + "|te: trailers, gzip", HeaderError.BadTe)]
    [InlineData(Get + "|Upper: x", HeaderError.BadName)]
    [InlineData(Get + "|X-Upper: x", HeaderError.BadName)]
    [InlineData(Get + "|a b: x", HeaderError.BadName)]
    [InlineData(Get + "|a\r\nb: x", HeaderError.BadName)]
    [InlineData(Get + "|a\u00e9: x", HeaderError.BadName)]
    [InlineData(Get + "|ab:: x", HeaderError.BadName)]
    [InlineData(Get + "|x: a\r\nb:c", HeaderError.BadValue)]
    [InlineData(Get + "|x: a\nb", HeaderError.BadValue)]
    [InlineData(Get + "|x: a\0b", HeaderError.BadValue)]
    [InlineData(Get + "|x:  a", HeaderError.BadValue)]
    [InlineData(Get + "|x: a\t", HeaderError.BadValue)]
    [InlineData(Get + "|content-length: 1|content-length: 1", HeaderError.BadContentLength)]
    [InlineData(Get + "|content-length: +1", HeaderError.BadContentLength)]
    [InlineData(Get + "|content-length: 1, 1", HeaderError.BadContentLength)]
    [InlineData(Get + "|content-length: ", HeaderError.BadContentLength)]
    [InlineData(Get + "|content-length: 9999999999999999999", HeaderError.BadContentLength)]
    internal void Check_OfARequest_RefusesWhatCanBeReadInTwoWays(string fields, HeaderError expected) =>
        Assert.Equal(expected, RequestHeaders.Check(HeaderText.Parse(fields), out _));

    [Fact]
    public void Check_OfARequest_FindsItsParts()
    {
        var list = HeaderText.Parse(
            ":method: POST|:path: /pkg.Service/Method|:authority: shop|:scheme: http|content-type: application/grpc+proto|te: trailers"
            + "|cookie: a|cookie: b|content-length: 12|expect: 100-Continue|l5d-client-id: forged");
        Assert.Equal(HeaderError.None, RequestHeaders.Check(list, out var info));
        Assert.Equal(HttpVerb.Post, info.Verb);
        Assert.Equal((0, 1, 2, 3, 4), (info.Method, info.Path, info.Authority, info.Scheme, info.ContentType));
        Assert.Equal((-1, -1, 12L, 2), (info.Host, info.Protocol, info.ContentLength, info.CookieCount));
        Assert.True(info.IsGrpc && info.TakesTrailers && info.ExpectsContinue && info.HasReserved);
        Assert.False(info.IsIdempotent || info.IsConnect);
    }

    [Fact]
    public void Check_OfARequestWithoutAuthority_TakesHost()
    {
        var list = HeaderText.Parse(":method: GET|:scheme: http|:path: /|x: y|host: a");
        Assert.Equal(HeaderError.None, RequestHeaders.Check(list, out var info));
        Assert.Equal((4, 4), (info.Authority, info.Host));
    }

    [Theory]
    [InlineData(":method: CONNECT|:protocol: websocket|:scheme: https|:path: /chat|:authority: shop", HeaderError.None)]
    [InlineData(":method: CONNECT|:protocol: websocket|:path: /chat|:authority: shop", HeaderError.MissingPseudoField)]
    [InlineData(":method: GET|:protocol: websocket|:scheme: https|:path: /chat|:authority: shop", HeaderError.BadPseudoField)]
    [InlineData(":method: CONNECT|:protocol: a b|:scheme: https|:path: /chat|:authority: shop", HeaderError.BadPseudoField)]
    internal void Check_OfExtendedConnect_NeedsAllOfARequest(string fields, HeaderError expected) =>
        Assert.Equal(expected, RequestHeaders.Check(HeaderText.Parse(fields), out _, allowsProtocol: true));

    [Theory]
    [InlineData(":status: 200", HeaderError.None)]
    [InlineData(":status: 100", HeaderError.None)]
    [InlineData(":status: 999|content-length: 5", HeaderError.None)]
    [InlineData("", HeaderError.MissingPseudoField)]
    [InlineData("server: x", HeaderError.MissingPseudoField)]
    [InlineData("server: x|:status: 200", HeaderError.MissingPseudoField)]
    [InlineData(":method: GET|:status: 200", HeaderError.BadPseudoField)]
    [InlineData(":status: 200|:status: 200", HeaderError.BadPseudoField)]
    [InlineData(":status: 200|server: x|:status: 200", HeaderError.BadPseudoField)]
    [InlineData(":status: 101", HeaderError.BadStatus)]
    [InlineData(":status: 20", HeaderError.BadStatus)]
    [InlineData(":status: 2000", HeaderError.BadStatus)]
    [InlineData(":status: 099", HeaderError.BadStatus)]
    [InlineData(":status: 2x0", HeaderError.BadStatus)]
    [InlineData(":status: ", HeaderError.BadStatus)]
    [InlineData(":status: 200|connection: close", HeaderError.ConnectionSpecificField)]
    [InlineData(":status: 200|content-length: 1|content-length: 2", HeaderError.BadContentLength)]
    [InlineData(":status: 200|Server: x", HeaderError.BadName)]
    [InlineData(":status: 200|x: a\r\nset-cookie:b", HeaderError.BadValue)]
    internal void Check_OfAResponse_RefusesWhatIsMalformed(string fields, HeaderError expected) =>
        Assert.Equal(expected, ResponseHeaders.Check(HeaderText.Parse(fields), out _));

    [Fact]
    public void Check_OfAResponse_FindsItsParts()
    {
        var list = HeaderText.Parse(":status: 204|content-type: application/grpc|grpc-status: 7|content-length: 0|l5d-proxy-error: x");
        Assert.Equal(HeaderError.None, ResponseHeaders.Check(list, out var info));
        Assert.Equal((204, 1, 2, 0L), (info.Status, info.ContentType, info.GrpcStatus, info.ContentLength));
        Assert.True(info.IsGrpc && info.HasReserved);
        Assert.False(info.IsInterim);
    }

    [Theory]
    [InlineData("grpc-status: 0|grpc-message: ok", HeaderError.None)]
    [InlineData("", HeaderError.None)]
    [InlineData(":status: 200", HeaderError.BadPseudoField)]
    [InlineData("x: y|:path: /", HeaderError.BadPseudoField)]
    [InlineData("connection: close", HeaderError.ConnectionSpecificField)]
    [InlineData("transfer-encoding: chunked", HeaderError.ConnectionSpecificField)]
    [InlineData("content-length: 5", HeaderError.BadName)]
    [InlineData("host: x", HeaderError.BadName)]
    [InlineData("l5d-client-id: forged", HeaderError.BadName)]
    [InlineData("X: y", HeaderError.BadName)]
    internal void Check_OfTrailers_RefusesWhatWouldFrameOrRoute(string fields, HeaderError expected) =>
        Assert.Equal(expected, TrailerHeaders.Check(HeaderText.Parse(fields), out _));

    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("application/grpc;charset=utf-8", true)]
    [InlineData("application/grpc+json", true)]
    [InlineData("application/grpc-web", false)]
    [InlineData("application/json", false)]
    public void Check_OfAContentType_TellsGrpc(string contentType, bool expected)
    {
        Assert.Equal(HeaderError.None, RequestHeaders.Check(HeaderText.Parse(Get + "|content-type: " + contentType), out var info));
        Assert.Equal(expected, info.IsGrpc);
    }
}
