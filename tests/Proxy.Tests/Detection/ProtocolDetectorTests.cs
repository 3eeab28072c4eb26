using System.Text;
using Mesh.Proxy.Detection;

namespace Mesh.Proxy.Tests.Detection;

public sealed class ProtocolDetectorTests
{
    [Theory]
    [InlineData("", "NeedMore")]
    [InlineData("GE", "NeedMore")]
    [InlineData("GET /", "NeedMore")]
    [InlineData("GET / HTTP/1.1\r\n", "Http1")]
    [InlineData("GET / HTTP/1.0\n", "Http1")]
    [InlineData("BREW /pot HTTP/1.1\r\nHost", "Http1")]
    [InlineData("PRI", "NeedMore")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "Http2")]
    [InlineData("PRIX", "NeedMore")]
    [InlineData("GET / HTTP/3.0\r\n", "Opaque")]
    [InlineData("*1\r\n$4\r\nPING\r\n", "Opaque")]
    [InlineData("SET a b\r\n", "Opaque")]
    [InlineData("\u0000\u0001", "Opaque")]
    [InlineData("GET \u0001\u0002", "Opaque")]
    [InlineData("GET /\0 HTTP/1.1\r\n", "Opaque")]
    [InlineData("averyveryveryverylongmethodnamewithoutend", "Opaque")]
    [InlineData("\u0016", "NeedMore")]
    [InlineData("\u0016\u0003\u0001", "NeedMore")]
    [InlineData("\u0016\u0002", "Opaque")]
    public void Detect_OfFirstBytes_TellsTheProtocol(string text, string expected) =>
        Assert.Equal(expected, ProtocolDetector.Detect(Encoding.Latin1.GetBytes(text)).ToString());

    [Theory]
    [InlineData("mesh/1", "MeshTls")]
    [InlineData("mesh/2", "MeshTls")]
    [InlineData("mesh/2,mesh/1", "MeshTls")]
    [InlineData("h2,mesh/2", "MeshTls")]
    [InlineData("h2", "Tls")]
    [InlineData("mesh/10", "Tls")]
    [InlineData("mesh/3", "Tls")]
    public void Detect_OfAClientHello_DependsOnItsAlpn_HoweverItIsCut(string alpn, string expected)
    {
        AssertDetected(Hello(alpn), expected);
        // As long as one with an X25519MLKEM768 key share, which is two packets.
        AssertDetected(Hello(alpn, padding: 1700), expected);
    }

    [Fact]
    public void Detect_OfMutatedHellos_NeverThrows()
    {
        var random = new Random(3);
        for (var i = 0; i < 100_000; i++)
        {
            var hello = Hello("mesh/1");
            for (var changes = random.Next(1, 5); changes > 0; changes--)
            {
                hello[random.Next(hello.Length)] = (byte)random.Next(256);
            }
            _ = ProtocolDetector.Detect(hello.AsSpan(0, random.Next(hello.Length + 1)));
        }
    }

    private static void AssertDetected(byte[] hello, string expected)
    {
        for (var split = 1; split < hello.Length; split++)
        {
            Assert.Equal(DetectedProtocol.NeedMore, ProtocolDetector.Detect(hello.AsSpan(0, split)));
        }
        Assert.Equal(expected, ProtocolDetector.Detect(hello).ToString());
    }

    private static byte[] Hello(string alpn, int padding = 0)
    {
        byte[] names = [.. alpn.Split(',').SelectMany(name => (byte[])[(byte)name.Length, .. Encoding.ASCII.GetBytes(name)])];
        byte[] extension = [0, 16, .. Vector(Vector(names))];
        byte[] keyShare = [0, 51, .. Vector(new byte[padding])];
        byte[] extensions = [0, 10, 0, 4, 0, 2, 0, 29, .. keyShare, .. extension];
        byte[] body = [3, 3, .. new byte[32], 0, 0, 2, 0x13, 1, 1, 0, .. Vector(extensions)];
        byte[] message = [1, 0, .. Vector(body)];
        return [22, 3, 1, .. Vector(message)];
    }

    private static byte[] Vector(byte[] content) => [(byte)(content.Length >> 8), (byte)content.Length, .. content];
}
