using System.Text;
using Mesh.Proxy.Http2.Hpack;

namespace Mesh.Proxy.Tests.Http2.Hpack;

public sealed class HpackEncoderTests
{
    private const string Request =
        ":method: GET|:scheme: http|:path: /items|:authority: shop|user-agent: curl/8|accept: */*|x-tenant: 7";

    private const int Limit = 64 * 1024;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TryEncode_OfRandomLists_RoundTripsThroughChangesOfTheTableSize(bool useHuffman)
    {
        var random = new Random(20261122);
        for (var connection = 0; connection < 60; connection++)
        {
            var encoder = new HpackEncoder(random.Next(3) switch { 0 => 0, 1 => 1000, _ => 4096 }, useHuffman);
            var decoder = new HpackDecoder();
            var received = new HeaderList();
            var pool = Enumerable.Range(0, 30).Select(_ => RandomField(random)).ToList();
            for (var message = 0; message < 120; message++)
            {
                for (var changes = random.Next(8) == 0 ? random.Next(1, 4) : 0; changes > 0; changes--)
                {
                    encoder.SetPeerMaxTableSize((uint)random.Next(6) * 1000u);
                }
                var sent = new HeaderList();
                for (var fields = random.Next(12); fields > 0; fields--)
                {
                    var (name, value, sensitive) = random.Next(4) == 0 ? RandomField(random) : pool[random.Next(pool.Count)];
                    sent.Add(name, value, sensitive);
                }
                var block = HpackDecoderTests.Encode(encoder, sent);
                Assert.Equal(HpackResult.Ok, decoder.Decode(block, received, Limit));
                Assert.Equal(WithSecretsMarked(sent), HeaderText.Of(received));
                Assert.Equal(sent.DecodedSize, received.DecodedSize);
                Assert.Equal(encoder.TableSize, decoder.TableSize);
                for (var i = 0; i < received.Count; i++)
                {
                    Assert.Equal(KnownHeaders.Resolve(received.Name(i)), received.Known(i));
                }
            }
        }
    }

    [Fact]
    public void TryEncode_OfTheSameRequestAgain_IsOneOctetAField()
    {
        var encoder = new HpackEncoder();
        var request = HeaderText.Parse(Request);
        _ = HpackDecoderTests.Encode(encoder, request);
        _ = HpackDecoderTests.Encode(encoder, request);
        Assert.Equal(request.Count, HpackDecoderTests.Encode(encoder, request).Length);
    }

    [Fact]
    public void TryEncode_OfPathsThatNeverRepeat_LeavesTheTableAlone()
    {
        var encoder = new HpackEncoder();
        _ = HpackDecoderTests.Encode(encoder, HeaderText.Parse(":method: GET|:authority: shop"));
        var size = encoder.TableSize;
        for (var i = 0; i < 500; i++)
        {
            _ = HpackDecoderTests.Encode(encoder, HeaderText.Parse($":method: GET|:path: /items/{i}|:authority: shop|x-trace: {i}"));
        }
        Assert.Equal(size, encoder.TableSize);
    }

    [Theory]
    [InlineData("traceparent")]
    [InlineData("grpc-timeout")]
    [InlineData("x-request-id")]
    [InlineData("content-length")]
    public void TryEncode_OfAValueThatChangesEachTime_SendsItsNameAsAnIndex(string name)
    {
        var encoder = new HpackEncoder(useHuffman: false);
        _ = HpackDecoderTests.Encode(encoder, HeaderText.Parse($"{name}: 0000"));
        var size = encoder.TableSize;
        for (var i = 1; i < 50; i++)
        {
            var block = HpackDecoderTests.Encode(encoder, HeaderText.Parse($"{name}: {i:0000}"));
            Assert.InRange(block.Length, 6, 7);
            Assert.Equal(0, block[0] & 0xF0);
        }
        Assert.Equal(size, encoder.TableSize);
    }

    [Theory]
    [InlineData("authorization: secret", 0x10)]
    [InlineData("!x-token: secret", 0x10)]
    [InlineData("!:path: /", 0x10)]
    [InlineData("cookie: a=b", 0x00)]
    [InlineData("!cookie: a=b", 0x10)]
    public void TryEncode_OfASecret_NeverPutsItIntoTheTable(string field, int pattern)
    {
        var encoder = new HpackEncoder();
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(pattern, HpackDecoderTests.Encode(encoder, HeaderText.Parse(field))[0] & 0xF0);
            Assert.Equal(0, encoder.TableSize);
        }
    }

    [Fact]
    public void TryEncode_WithoutEnoughRoom_ChangesNothing()
    {
        var encoder = new HpackEncoder();
        encoder.SetPeerMaxTableSize(1000);
        var list = HeaderText.Parse(":authority: shop|x-a: b");
        Span<byte> room = new byte[encoder.MaxEncodedSize(list)];
        Assert.False(encoder.TryEncode(list, room[1..], out var written));
        Assert.Equal(0, written);
        Assert.Equal(0, encoder.TableSize);
        Assert.True(encoder.TryEncode(list, room, out written));
        Assert.Equal([0x3F, 0xC9, 0x07], room[..3].ToArray());
    }

    [Fact]
    public void SetPeerMaxTableSize_DownAndUp_AnnouncesTheSmallestAndTheLast()
    {
        var encoder = new HpackEncoder();
        _ = HpackDecoderTests.Encode(encoder, HeaderText.Parse(":authority: shop"));
        encoder.SetPeerMaxTableSize(0);
        encoder.SetPeerMaxTableSize(100_000);
        Assert.Equal("203fe11f82", Convert.ToHexStringLower(HpackDecoderTests.Encode(encoder, HeaderText.Parse(":method: GET"))));
        Assert.Equal("82", Convert.ToHexStringLower(HpackDecoderTests.Encode(encoder, HeaderText.Parse(":method: GET"))));
    }

    [Fact]
    public void TryRepeat_OfARecognisedList_GivesTheBytesThatEncodingGives()
    {
        var clientEncoder = new HpackEncoder();
        var decoder = new HpackDecoder();
        var encoder = new HpackEncoder(useHuffman: false);
        var request = HeaderText.Parse(Request);
        var list = new HeaderList();
        var room = new byte[1024];
        var repeats = 0;
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(HpackResult.Ok, decoder.Decode(HpackDecoderTests.Encode(clientEncoder, request), list, Limit));
            var isRepeat = encoder.TryRepeat(list.ContentId, room, out var written);
            var repeat = room[..written];
            Assert.True(encoder.TryEncode(list, room, out written));
            if (isRepeat)
            {
                repeats++;
                Assert.Equal(repeat, room[..written]);
                Assert.Equal(request.Count, written);
            }
        }
        Assert.Equal(6, repeats);
        _ = HpackDecoderTests.Encode(encoder, HeaderText.Parse(":authority: other"));
        Assert.False(encoder.TryRepeat(list.ContentId, room, out _));
        Assert.True(encoder.TryEncode(list, room, out _));
        Assert.True(encoder.TryRepeat(list.ContentId, room, out _));
        Assert.False(encoder.TryRepeat(list.ContentId, room.AsSpan(0, 3), out _));
        encoder.SetPeerMaxTableSize(200);
        Assert.False(encoder.TryRepeat(list.ContentId, room, out _));
    }

    private static string WithSecretsMarked(HeaderList list)
    {
        var marked = new HeaderList();
        for (var i = 0; i < list.Count; i++)
        {
            marked.Add(list.Name(i), list.Value(i), list.IsSensitive(i) || IndexingPolicy.Of(list.Known(i)) == Indexing.Never);
        }
        return HeaderText.Of(marked);
    }

    private static (byte[] Name, byte[] Value, bool Sensitive) RandomField(Random random)
    {
        var known = (KnownHeader)random.Next(1, KnownHeaders.Count - 1);
        var name = random.Next(3) == 0
            ? Encoding.ASCII.GetBytes($"x-{random.Next(40)}-{new string('n', random.Next(random.Next(10) == 0 ? 300 : 5))}")
            : KnownHeaders.NameOf(known).ToArray();
        var value = new byte[random.Next(20) == 0 ? random.Next(3000) : random.Next(30)];
        for (var i = 0; i < value.Length; i++)
        {
            value[i] = random.Next(10) == 0 ? (byte)random.Next(256) : (byte)random.Next(' ', 127);
        }
        return (name, value, random.Next(10) == 0);
    }
}
