using System.Text;
using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Tests.Corpora;

namespace Mesh.Proxy.Tests.Http2.Hpack;

public sealed class HpackFuzzTests
{
    private const int Iterations = 60_000;
    private const int MaxDecodedSize = 2048;

    // What begins each kind of field, and the values at which integers change their length.
    private static readonly byte[] Alphabet = [0, 0x0F, 0x10, 0x1F, 0x20, 0x3F, 0x40, 0x7F, 0x80, 0x82, 0xBD, 0xBE, 0xBF, 0xFF, 1, 5, 127];

    private static readonly List<byte[]> Seeds =
    [
        .. HpackVectors.All.SelectMany(vector => vector.Blocks).Select(block => Convert.FromHexString(block.Block)),
        [0x3F, 0xE1, 0x1F, 0x82],
        [0x20, 0x3F, 0xE1, 0x1F, 0x40, 1, (byte)'x', 3, .. "abc"u8, 0xBE],
    ];

    [Fact]
    public void Decode_OfMutatedBlocks_StaysWithinItsLimits()
    {
        var random = new Random(7541);
        var list = new HeaderList();
        var decoder = new HpackDecoder();
        var counts = new int[3];
        for (var i = 0; i < Iterations; i++)
        {
            var block = Mutations.Of(Seeds[random.Next(Seeds.Count)], random, Alphabet, Seeds);
            var result = decoder.Decode(block, list, MaxDecodedSize);
            counts[(int)result]++;
            Assert.InRange(list.DecodedSize, 0, MaxDecodedSize);
            Assert.InRange(decoder.TableSize, 0, HpackDecoder.DefaultTableSize);
            if (result != HpackResult.Ok)
            {
                Assert.Equal(0, list.Count);
            }
            _ = RequestHeaders.Check(list, out _);
            _ = ResponseHeaders.Check(list, out _);
            // The connection would end here; another one begins.
            if (result == HpackResult.CompressionError)
            {
                decoder = new HpackDecoder();
            }
        }
        Assert.All(counts[..2], count => Assert.True(count > Iterations / 10));
    }

    [Fact]
    public void Decode_WithAndWithoutRecognition_IsTheSame()
    {
        var random = new Random(1);
        var with = new HpackDecoder();
        var without = new HpackDecoder(recogniseRepetition: false);
        var first = new HeaderList();
        var second = new HeaderList();
        var recognised = 0;
        for (var i = 0; i < Iterations; i++)
        {
            var seed = Seeds[random.Next(Seeds.Count)];
            var block = random.Next(4) == 0 ? Mutations.Of(seed, random, Alphabet, Seeds) : seed;
            var limit = random.Next(10) == 0 ? 100 : MaxDecodedSize;
            var result = with.Decode(block, first, limit);
            Assert.Equal(result, without.Decode(block, second, limit));
            Assert.Equal(HeaderText.Of(second), HeaderText.Of(first));
            Assert.Equal(RequestHeaders.Check(second, out var expected), RequestHeaders.Check(first, out var actual));
            Assert.Equal(expected, actual);
            recognised += first.ContentId != 0 ? 1 : 0;
            if (result == HpackResult.CompressionError)
            {
                with = new HpackDecoder();
                without = new HpackDecoder(recogniseRepetition: false);
            }
        }
        Assert.True(recognised > 500, $"{recognised}");
    }

    [Fact]
    public void TryEncode_WithAndWithoutRecognition_DecodesToTheSame()
    {
        // Two relays of the same traffic, one that recognises what repeats.
        var random = new Random(2);
        var client = new HpackEncoder();
        var decoders = new[] { new HpackDecoder(), new HpackDecoder(recogniseRepetition: false) };
        var encoders = new[] { new HpackEncoder(), new HpackEncoder(recogniseRepetition: false) };
        var servers = new[] { new HpackDecoder(), new HpackDecoder() };
        var list = new HeaderList();
        var room = new byte[8192];
        for (var i = 0; i < 20_000; i++)
        {
            var text = $":method: GET|:path: /{random.Next(3)}|:authority: shop|user-agent: {random.Next(2)}";
            text += random.Next(30) == 0 ? $"|vary: {i}" : "";
            var block = HpackDecoderTests.Encode(client, HeaderText.Parse(text));
            for (var relay = 0; relay < 2; relay++)
            {
                Assert.Equal(HpackResult.Ok, decoders[relay].Decode(block, list, MaxDecodedSize));
                Assert.True(encoders[relay].TryEncode(list, room, out var length));
                Assert.Equal(HpackResult.Ok, servers[relay].Decode(room.AsSpan(0, length), list, MaxDecodedSize));
                Assert.Equal(text, HeaderText.Of(list));
                Assert.Equal(encoders[relay].TableSize, servers[relay].TableSize);
            }
        }
    }

    [Fact]
    public void Huffman_OfRandomBytes_RoundTripsAndRefusesEveryOtherPadding()
    {
        var random = new Random(3);
        for (var i = 0; i < 20_000; i++)
        {
            var text = new byte[random.Next(40)];
            random.NextBytes(text);
            var encoded = new byte[Huffman.EncodedLength(text)];
            Huffman.Encode(text, encoded);
            var decoded = new byte[Huffman.MaxDecodedLength(encoded.Length)];
            Assert.True(Huffman.TryDecode(encoded, decoded, out var written));
            Assert.Equal(text, decoded[..written]);
            byte[] padded = [.. encoded, 0xFF];
            Assert.False(Huffman.TryDecode(padded, new byte[Huffman.MaxDecodedLength(padded.Length)], out _));
        }
    }

    [Fact]
    public void Huffman_OfAnyBytes_NeverWritesBeyondItsBound()
    {
        var random = new Random(4);
        for (var i = 0; i < Iterations; i++)
        {
            var encoded = new byte[random.Next(12)];
            random.NextBytes(encoded);
            var room = new byte[Huffman.MaxDecodedLength(encoded.Length)];
            if (Huffman.TryDecode(encoded, room, out var written))
            {
                // A code that decodes is the one that encoding gives: no two strings of bits mean the same.
                var again = new byte[Huffman.EncodedLength(room.AsSpan(0, written))];
                Huffman.Encode(room.AsSpan(0, written), again);
                Assert.Equal(encoded, again);
            }
        }
    }

    [Fact]
    public void TryRead_OfIntegers_RoundTripsAtEveryPrefix()
    {
        int[] values = [0, 1, 14, 15, 16, 30, 31, 126, 127, 128, 254, 255, 16_383, 16_384, 1 << 21, (1 << 28) + 5, int.MaxValue];
        Span<byte> room = stackalloc byte[HpackInteger.MaxLength];
        for (var prefix = 4; prefix <= 7; prefix++)
        {
            foreach (var value in values)
            {
                var written = HpackInteger.Write(room, 0, prefix, value);
                var at = 0;
                Assert.True(HpackInteger.TryRead(room[..written], ref at, prefix, out var read));
                Assert.Equal((value, written), (read, at));
                for (var cut = 0; cut < written; cut++)
                {
                    at = 0;
                    Assert.False(HpackInteger.TryRead(room[..cut], ref at, prefix, out _));
                }
            }
        }
    }

    [Fact]
    public void Resolve_OfEveryKnownName_FindsIt()
    {
        for (var known = KnownHeader.Authority; known < KnownHeader.Reserved; known++)
        {
            var name = KnownHeaders.NameOf(known).ToArray();
            Assert.NotEmpty(name);
            Assert.Equal(known, KnownHeaders.Resolve(name));
            Assert.Equal(KnownHeader.Other, KnownHeaders.Resolve([.. name, (byte)'x']));
            var upper = Encoding.ASCII.GetString(name).ToUpperInvariant();
            Assert.Equal(KnownHeader.Other, KnownHeaders.Resolve(Encoding.ASCII.GetBytes(upper)));
        }
        Assert.Equal(KnownHeader.Reserved, KnownHeaders.Resolve("l5d-client-id"u8));
        Assert.Equal(KnownHeader.Other, KnownHeaders.Resolve("l5d-"u8));
        Assert.Equal(KnownHeader.Other, KnownHeaders.Resolve(""u8));
    }
}
