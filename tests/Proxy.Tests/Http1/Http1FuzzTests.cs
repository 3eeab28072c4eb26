using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tests.Corpora;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>
/// The parsers of HTTP/1.1 under random input, against oracles that read the same text in another way: slowly, and all at once.
/// </summary>
public sealed partial class Http1FuzzTests
{
    private const int Iterations = 120_000;

    [Fact]
    public void Find_OfEveryHead_SplitAtEveryByte_SaysTheSame()
    {
        foreach (var bytes in Http1Corpus.Requests.Concat(Http1Corpus.Bytes(Http1Corpus.GoodResponses)))
        {
            var lineStart = 0;
            var expected = (HeadScanner.Find(bytes, ref lineStart, out var expectedLength), expectedLength);
            for (var split = 0; split <= bytes.Length; split++)
            {
                lineStart = 0;
                var result = (HeadScanner.Find(bytes.AsSpan(0, split), ref lineStart, out var length), length);
                if (result == (HeadError.None, 0))
                {
                    result = (HeadScanner.Find(bytes, ref lineStart, out length), length);
                }
                Assert.Equal(expected, result);
            }
        }
    }

    [Fact]
    public void Parse_OfMutatedRequests_AcceptsOnlyWhatReadsInOneWay()
    {
        var random = new Random(20260101);
        var seeds = Http1Corpus.Requests;
        var accepted = 0;
        for (var i = 0; i < Iterations; i++)
        {
            var bytes = Mutations.Of(seeds[random.Next(seeds.Count)], random, Http1Corpus.Alphabet, seeds);
            var lineStart = 0;
            if (HeadScanner.Find(bytes, ref lineStart, out var length) != HeadError.None || length == 0)
            {
                continue;
            }
            var head = bytes.AsSpan(0, length);
            if (RequestHeadParser.Parse(head, out var request) != HeadError.None)
            {
                continue;
            }
            accepted++;
            var text = Encoding.Latin1.GetString(head);
            var lines = HeaderLines(text, out var startLine);
            Assert.Matches(RequestLine(), startLine);
            Assert.Equal(startLine.Split(' ')[1], text.Substring(request.TargetStart, request.TargetLength));
            Assert.InRange(Values(lines, "host").Count, startLine.EndsWith('1') ? 1 : 0, 1);
            AssertFraming(lines, request.Framing, request.ContentLength, BodyFraming.None);
        }
        Assert.True(accepted > Iterations / 40, $"only {accepted} heads were still good");
    }

    [Fact]
    public void Parse_OfMutatedResponses_AcceptsOnlyWhatReadsInOneWay()
    {
        var random = new Random(20260102);
        var seeds = Http1Corpus.Bytes(Http1Corpus.GoodResponses);
        var accepted = 0;
        for (var i = 0; i < Iterations; i++)
        {
            var bytes = Mutations.Of(seeds[random.Next(seeds.Count)], random, Http1Corpus.Alphabet, seeds);
            var lineStart = 0;
            if (HeadScanner.Find(bytes, ref lineStart, out var length) != HeadError.None || length == 0
                || ResponseHeadParser.Parse(bytes.AsSpan(0, length), HttpVerb.Get, out var response) != HeadError.None)
            {
                continue;
            }
            accepted++;
            var lines = HeaderLines(Encoding.Latin1.GetString(bytes.AsSpan(0, length)), out var startLine);
            Assert.Matches(StatusLine(), startLine);
            Assert.Equal(int.Parse(startLine[9..12], CultureInfo.InvariantCulture), response.Status);
            if (response.Status is not (< 200 or 204 or 304))
            {
                AssertFraming(lines, response.Framing, response.ContentLength, BodyFraming.UntilClose);
            }
            Assert.False(response.KeepAlive && response.Framing == BodyFraming.UntilClose);
        }
        Assert.True(accepted > Iterations / 40, $"only {accepted} heads were still good");
    }

    [Fact]
    public void TryWriteRequest_OfMutatedRequests_FramesTheMessageAsBefore()
    {
        var random = new Random(20260103);
        var seeds = Http1Corpus.Requests;
        using var pool = new BufferPool();
        var output = new IoBuffer(pool);
        var written = 0;
        for (var i = 0; i < Iterations; i++)
        {
            var bytes = Mutations.Of(seeds[random.Next(seeds.Count)], random, Http1Corpus.Alphabet, seeds);
            var lineStart = 0;
            if (HeadScanner.Find(bytes, ref lineStart, out var length) != HeadError.None || length == 0
                || RequestHeadParser.Parse(bytes.AsSpan(0, length), out var request) != HeadError.None)
            {
                continue;
            }
            written++;
            Assert.True(HeadRewriter.TryWriteRequest(
                bytes.AsSpan(0, length), request, dropReserved: true, "l5d-client-id: true\r\n"u8, output));
            lineStart = 0;
            Assert.Equal(HeadError.None, HeadScanner.Find(output.Data, ref lineStart, out var newLength));
            Assert.Equal(output.Length, newLength);
            Assert.Equal(HeadError.None, RequestHeadParser.Parse(output.Data, out var again));
            Assert.Equal(
                (request.Framing, request.ContentLength, request.Verb, request.MinorVersion, request.IsUpgrade),
                (again.Framing, again.ContentLength, again.Verb, again.MinorVersion, again.IsUpgrade));
            var lines = HeaderLines(Encoding.Latin1.GetString(output.Data), out _);
            Assert.Equal(["true"], lines.Where(line => line.Name.StartsWith("l5d-", StringComparison.Ordinal) && line.Name != "l5d-")
                .Select(line => line.Value));
            Assert.Empty(Values(lines, "keep-alive"));
            Assert.All(Values(lines, "connection"), value => Assert.Equal("upgrade", value));
            output.Consume(output.Length);
        }
        output.Release();
        Assert.True(written > Iterations / 40, $"only {written} heads were still good");
    }

    [Fact]
    public void Scan_OfMutatedBodies_AgreesWithAReaderOfTheWhole()
    {
        var random = new Random(20260104);
        var seeds = Http1Corpus.Bytes(Http1Corpus.Bodies);
        var counts = new int[3];
        for (var i = 0; i < Iterations; i++)
        {
            var bytes = Mutations.Of(seeds[random.Next(seeds.Count)], random, Http1Corpus.Alphabet, seeds);
            var whole = default(ChunkedScanner);
            var status = whole.Scan(bytes, out var consumed);
            counts[(int)status]++;
            var expected = LengthOfChunkedBody(Encoding.Latin1.GetString(bytes));
            Assert.Equal(expected ?? -1, status == ChunkedStatus.Done ? consumed : -1);
            var cut = default(ChunkedScanner);
            var at = 0;
            var cutStatus = ChunkedStatus.NeedMore;
            while (at < bytes.Length && cutStatus == ChunkedStatus.NeedMore)
            {
                cutStatus = cut.Scan(bytes.AsSpan(at, 1), out var step);
                at += step;
            }
            Assert.Equal((status, consumed), (cutStatus, at));
        }
        Assert.All(counts, count => Assert.True(count > Iterations / 50));
    }

    // The grammar of RFC 9112 section 7.1 as one expression and a walk over the chunks; null when it is not, or not yet, a body.
    private static int? LengthOfChunkedBody(string text)
    {
        var at = 0;
        while (ChunkHead().Match(text, at) is { Success: true } head)
        {
            var size = Convert.ToInt64(head.Groups[1].Value, 16);
            at += head.Length;
            if (size == 0)
            {
                var trailers = Trailers().Match(text, at);
                var isForged = trailers.Value.Split("\r\n").Any(line => line.StartsWith("l5d-", StringComparison.OrdinalIgnoreCase));
                return trailers.Success && !isForged ? at + trailers.Length : null;
            }
            if (text.Length - at < size + 2 || text[at + (int)size] != '\r' || text[at + (int)size + 1] != '\n')
            {
                return null;
            }
            at += (int)size + 2;
        }
        return null;
    }

    private static List<(string Name, string Value)> HeaderLines(string head, out string startLine)
    {
        Assert.EndsWith("\r\n\r\n", head, StringComparison.Ordinal);
        var lines = head[..^4].Split("\r\n");
        startLine = lines[0];
        var fields = new List<(string, string)>();
        foreach (var line in lines[1..])
        {
            Assert.Matches(HeaderLine(), line);
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            fields.Add((line[..colon].ToLowerInvariant(), line[(colon + 1)..].Trim(' ', '\t')));
        }
        return fields;
    }

    private static List<string> Values(List<(string Name, string Value)> lines, string name) =>
        [.. lines.Where(line => line.Name == name).Select(line => line.Value)];

    private static void AssertFraming(List<(string Name, string Value)> lines, BodyFraming framing, long length, BodyFraming otherwise)
    {
        var lengths = Values(lines, "content-length");
        var encodings = Values(lines, "transfer-encoding");
        Assert.True(lengths.Count + encodings.Count <= 1);
        if (encodings.Count == 1)
        {
            Assert.Equal("chunked", encodings[0], ignoreCase: true);
            Assert.Equal(BodyFraming.Chunked, framing);
        }
        else if (lengths.Count == 1)
        {
            Assert.Equal(long.Parse(lengths[0], NumberStyles.None, CultureInfo.InvariantCulture), length);
            Assert.Equal(length == 0 ? BodyFraming.None : BodyFraming.Length, framing);
        }
        else
        {
            Assert.Equal(otherwise, framing);
        }
    }

    [GeneratedRegex(@"\A[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^\x00-\x20\x7f]+ HTTP/1\.[01]\z")]
    private static partial Regex RequestLine();

    [GeneratedRegex(@"\AHTTP/1\.[01] [1-5][0-9][0-9]( [^\r\n]*)?\z")]
    private static partial Regex StatusLine();

    [GeneratedRegex(@"\A[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*\z")]
    private static partial Regex HeaderLine();

    [GeneratedRegex(@"\G([0-9A-Fa-f]{1,15})(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?\r\n")]
    private static partial Regex ChunkHead();

    [GeneratedRegex(@"\G(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n)*\r\n")]
    private static partial Regex Trailers();
}
