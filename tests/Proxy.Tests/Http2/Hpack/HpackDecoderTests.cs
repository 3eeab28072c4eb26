using System.Text;
using Mesh.Proxy.Http2.Hpack;

namespace Mesh.Proxy.Tests.Http2.Hpack;

public sealed class HpackDecoderTests
{
    private const int Limit = 64 * 1024;

    [Fact]
    public void Decode_OfTheExamplesOfTheRfc_GivesTheirFields()
    {
        foreach (var (section, tableSize, blocks) in HpackVectors.All)
        {
            var decoder = new HpackDecoder();
            var list = new HeaderList();
            if (tableSize != HpackDecoder.DefaultTableSize)
            {
                Assert.Equal(HpackResult.Ok, decoder.Decode(SizeUpdate(tableSize), list, Limit));
            }
            foreach (var (block, fields, sizeAfter) in blocks)
            {
                Assert.Equal(HpackResult.Ok, decoder.Decode(Convert.FromHexString(block), list, Limit));
                Assert.Equal(section == "C.2.3" ? "!" + fields : fields, HeaderText.Of(list));
                Assert.Equal(sizeAfter, decoder.TableSize);
            }
        }
    }

    [Fact]
    public void Decode_OfABlockCutShort_IsACompressionErrorUnlessAFieldEndsThere()
    {
        foreach (var (_, _, blocks) in HpackVectors.All)
        {
            var whole = Convert.FromHexString(blocks[0].Block);
            for (var split = 0; split < whole.Length; split++)
            {
                var list = new HeaderList();
                var result = new HpackDecoder().Decode(whole.AsSpan(0, split), list, Limit);
                var isPrefix = blocks[0].Fields.StartsWith(HeaderText.Of(list).TrimStart('!'), StringComparison.Ordinal);
                Assert.True(result == HpackResult.CompressionError || isPrefix);
                Assert.True(result == HpackResult.Ok || list.Count == 0);
            }
        }
    }

    [Theory]
    [InlineData("80", "index 0")]
    [InlineData("be", "an index behind the table")]
    [InlineData("7f80808080808001", "an integer of six octets of continuation")]
    [InlineData("ffffffffffff0f", "an integer that overflows")]
    [InlineData("ff", "an integer without its end")]
    [InlineData("4005616263", "a string without its end")]
    [InlineData("400361626305", "a value that is missing")]
    [InlineData("8220", "a size update behind a field")]
    [InlineData("3fe21f", "a size update above the limit")]
    [InlineData("0085ffffffffff0161", "the end of string in a string")]
    [InlineData("00821fff0161", "padding of eleven bits")]
    [InlineData("0081180161", "padding with a zero")]
    public void Decode_OfAMalformedBlock_IsACompressionError(string block, string what)
    {
        var list = new HeaderList();
        Assert.True(new HpackDecoder().Decode(Convert.FromHexString(block), list, Limit) == HpackResult.CompressionError, what);
        Assert.Equal(0, list.Count);
    }

    [Fact]
    public void Decode_AboveTheLimit_DropsTheFieldsAndKeepsTheTableInStep()
    {
        var encoder = new HpackEncoder();
        var decoder = new HpackDecoder();
        var large = HeaderText.Parse(":status: 200|server: one|x-a: " + new string('a', 300) + "|vary: two");
        var list = new HeaderList();
        Assert.Equal(HpackResult.TooLarge, decoder.Decode(Encode(encoder, large), list, 200));
        Assert.Equal(0, list.Count);
        var small = HeaderText.Parse(":status: 200|server: one|vary: two");
        var block = Encode(encoder, small);
        Assert.Equal(3, block.Length);
        Assert.Equal(HpackResult.Ok, decoder.Decode(block, list, 200));
        Assert.Equal(":status: 200|server: one|vary: two", HeaderText.Of(list));
    }

    [Fact]
    public void Decode_OfFieldsThatMultiply_StopsAtFourTimesTheLimit()
    {
        var decoder = new HpackDecoder();
        var list = new HeaderList();
        byte[] insert = [0x40, 1, (byte)'x', 0x7F, 0xA1, 0x1E, .. Encoding.ASCII.GetBytes(new string('v', 4000))];
        Assert.Equal(HpackResult.Ok, decoder.Decode(insert, list, Limit));
        var bomb = Enumerable.Repeat((byte)0xBE, 16_000).ToArray();
        Assert.Equal(HpackResult.CompressionError, decoder.Decode(bomb, list, Limit));
        Assert.Equal(0, list.Count);
    }

    [Fact]
    public void Decode_OfANameWhoseEntryIsEvicted_KeepsTheName()
    {
        // RFC 7541 section 4.4: the new entry may refer to the name of one that it pushes out.
        var decoder = new HpackDecoder();
        var list = new HeaderList();
        Assert.Equal(HpackResult.Ok, decoder.Decode([0x3F, 0x21, 0x40, 1, (byte)'k', 10, .. "0123456789"u8], list, Limit));
        Assert.Equal(43, decoder.TableSize);
        Assert.Equal(HpackResult.Ok, decoder.Decode([0x7E, 11, .. "abcdefghijk"u8, 0xBE], list, Limit));
        Assert.Equal("k: abcdefghijk|k: abcdefghijk", HeaderText.Of(list));
        Assert.Equal(44, decoder.TableSize);
    }

    [Fact]
    public void Decode_OfABlockThatRepeats_GivesTheSameContentIdUntilTheTableChanges()
    {
        var decoder = new HpackDecoder();
        var list = new HeaderList();
        byte[] insert = [0x40, 1, (byte)'x', 1, (byte)'1'];
        byte[] repeated = [0x82, 0xBE];
        Assert.Equal(HpackResult.Ok, decoder.Decode(insert, list, Limit));
        var ids = new List<long>();
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(HpackResult.Ok, decoder.Decode(repeated, list, Limit));
            Assert.Equal(":method: GET|x: 1", HeaderText.Of(list));
            ids.Add(list.ContentId);
        }
        Assert.Equal(0, ids[0]);
        Assert.NotEqual(0, ids[1]);
        Assert.Equal([ids[1], ids[1]], ids[2..]);
        insert[^1] = (byte)'2';
        Assert.Equal(HpackResult.Ok, decoder.Decode(insert, list, Limit));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HpackResult.Ok, decoder.Decode(repeated, list, Limit));
            Assert.Equal(":method: GET|x: 2", HeaderText.Of(list));
            Assert.NotEqual(ids[1], list.ContentId);
        }
    }

    [Fact]
    public void Decode_OfARepeatedBlockAboveALowerLimit_IsTooLarge()
    {
        var decoder = new HpackDecoder();
        var list = new HeaderList();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HpackResult.Ok, decoder.Decode([0x82, 0x86], list, Limit));
        }
        Assert.Equal(HpackResult.TooLarge, decoder.Decode([0x82, 0x86], list, 50));
    }

    [Fact]
    public void Decode_Warm_AllocatesNothing()
    {
        var encoder = new HpackEncoder();
        var decoder = new HpackDecoder();
        var list = new HeaderList();
        var source = HeaderText.Parse(":method: GET|:path: /a|:authority: x|accept: */*|user-agent: test|traceparent: 00|x-b: c");
        var room = new byte[1024];
        var before = 0L;
        for (var i = 0; i < 3_000; i++)
        {
            if (i == 1_000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }
            source.Clear();
            source.Add(KnownHeader.Path, i % 3 == 0 ? "/same"u8 : room.AsSpan(0, 1 + i % 7));
            source.Add("x-changes"u8, room.AsSpan(0, i % 11));
            Assert.True(encoder.TryEncode(source, room.AsSpan(100), out var length));
            Assert.True(decoder.Decode(room.AsSpan(100, length), list, Limit) == HpackResult.Ok);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    internal static byte[] Encode(HpackEncoder encoder, HeaderList list)
    {
        var room = new byte[encoder.MaxEncodedSize(list)];
        Assert.True(encoder.TryEncode(list, room, out var length));
        return room[..length];
    }

    private static byte[] SizeUpdate(int size)
    {
        var room = new byte[HpackInteger.MaxLength];
        return room[..HpackInteger.Write(room, 0x20, 5, size)];
    }
}
