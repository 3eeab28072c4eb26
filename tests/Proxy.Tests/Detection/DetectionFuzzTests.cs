using System.Text;
using Mesh.Proxy.Detection;
using Mesh.Proxy.Tests.Corpora;

namespace Mesh.Proxy.Tests.Detection;

public sealed class DetectionFuzzTests
{
    private static readonly List<byte[]> Seeds =
    [
        ClientHellos.With("mesh/1"),
        ClientHellos.With("h2", "http/1.1"),
        ClientHellos.With("http/1.1", "mesh/1"),
        ClientHellos.With(),
        Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Encoding.ASCII.GetBytes("*1\r\n$4\r\nPING\r\n"),
        .. Http1Corpus.Requests,
    ];

    [Fact]
    public void Detect_OfARequest_IsTheSameHoweverItIsCut()
    {
        foreach (var seed in Seeds)
        {
            AssertDecidedOnce(seed);
        }
    }

    [Fact]
    public void Detect_OfMutatedBeginnings_DecidesOnceAndStaysWithIt()
    {
        var random = new Random(16);
        for (var i = 0; i < 8_000; i++)
        {
            AssertDecidedOnce(Mutations.Of(Seeds[random.Next(Seeds.Count)], random, [0, 1, 3, 16, 22, 255, .. "mesh/1 \r\n"u8], Seeds));
        }
    }

    [Theory]
    [InlineData("mesh/1", "MeshTls")]
    [InlineData("Mesh/1", "Tls")]
    [InlineData("mesh/", "Tls")]
    [InlineData("mesh/1\0", "Tls")]
    [InlineData("xmesh/1", "Tls")]
    public void Detect_OfAnAlpnThatIsAlmostOurs_IsTheApplications(string alpn, string expected)
    {
        Assert.Equal(expected, ProtocolDetector.Detect(ClientHellos.With(alpn)).ToString());
        Assert.Equal(expected, ProtocolDetector.Detect(ClientHellos.With("h2", alpn)).ToString());
    }

    [Fact]
    public void Detect_OfOurAlpnInAnotherPlace_IsTheApplications()
    {
        // The bytes of the name in the session id, where a search would find them.
        var hello = ClientHellos.With("h2");
        "mesh/1"u8.CopyTo(hello.AsSpan(20));
        Assert.Equal(DetectedProtocol.Tls, ProtocolDetector.Detect(hello));
    }

    // What comes later must not change what a connection is: the first bytes have been acted on by then.
    private static void AssertDecidedOnce(byte[] bytes)
    {
        var decided = DetectedProtocol.NeedMore;
        for (var length = 0; length <= bytes.Length; length++)
        {
            var detected = ProtocolDetector.Detect(bytes.AsSpan(0, length));
            if (decided != DetectedProtocol.NeedMore)
            {
                Assert.Equal(decided, detected);
            }
            decided = detected;
        }
    }
}
