using System.Text;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Tests.Http1;

public sealed class ChunkedScannerTests
{
    public static TheoryData<string> Valid =>
    [
        "0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\n",
        "00005\r\nhello\r\n0\r\n\r\n",
        "a;x=1\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n",
        "1;a=\"b c\"\r\nx\r\n0\r\nTrailer: value\r\nOther:\r\n\r\n",
    ];

    public static TheoryData<string> Invalid =>
    [
        "\r\n", "g\r\n", " 5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n", "-1\r\n", "+5\r\nhello\r\n", "0x5\r\nhello\r\n",
        "5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhelloX\r\n", "5\r\nhell\r\n0\r\n\r\n", "5\rXhello", "fffffffffffffffff\r\n",
        "5;a\nb\r\nhello", "0\r\n\n", "0\r\nno colon\r\n\r\n", "0\r\n: x\r\n\r\n", "0\r\n folded: x\r\n\r\n", "0\r\nA: \0\r\n\r\n", "0\r\nA: b\n\r\n",
        "0\r\nl5d-client-id: forged\r\n\r\n", "0\r\nL5D-x: forged\r\n\r\n",
    ];

    [Theory]
    [MemberData(nameof(Valid))]
    public void Scan_SplitAtEveryByte_EndsAtTheSamePlace(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text + "GET / HTTP/1.1");
        for (var split = 0; split <= text.Length; split++)
        {
            var scanner = default(ChunkedScanner);
            var status = scanner.Scan(bytes.AsSpan(0, split), out var first);
            Assert.Equal(split, first);
            Assert.Equal(split == text.Length ? ChunkedStatus.Done : ChunkedStatus.NeedMore, status);
            if (status == ChunkedStatus.NeedMore)
            {
                Assert.Equal(ChunkedStatus.Done, scanner.Scan(bytes.AsSpan(split), out var second));
                Assert.Equal(text.Length - split, second);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Scan_OfMalformedChunks_Refuses(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var whole = default(ChunkedScanner);
        Assert.Equal(ChunkedStatus.Invalid, whole.Scan(bytes, out _));
        var byByte = default(ChunkedScanner);
        Assert.Contains(ChunkedStatus.Invalid, bytes.Select(b => byByte.Scan([b], out _)).ToList());
    }

    [Fact]
    public void Scan_OfRandomBodies_IsTheSameHoweverTheyAreCut()
    {
        var random = new Random(5);
        for (var i = 0; i < 2_000; i++)
        {
            var text = new StringBuilder();
            for (var chunks = random.Next(4); chunks > 0; chunks--)
            {
                var size = random.Next(1, 40);
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{size:x}\r\n").Append('x', size).Append("\r\n");
            }
            text.Append("0\r\n\r\n");
            var bytes = Encoding.ASCII.GetBytes(text.ToString());
            if (random.Next(3) == 0)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }
            var whole = default(ChunkedScanner);
            var expected = whole.Scan(bytes, out var end);
            var cut = default(ChunkedScanner);
            var at = 0;
            var status = ChunkedStatus.NeedMore;
            while (at < bytes.Length && status == ChunkedStatus.NeedMore)
            {
                var piece = Math.Min(random.Next(1, 10), bytes.Length - at);
                status = cut.Scan(bytes.AsSpan(at, piece), out var consumed);
                at += consumed;
            }
            Assert.Equal(expected, status);
            Assert.Equal(end, at);
        }
    }
}
