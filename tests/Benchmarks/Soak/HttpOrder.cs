using System.Globalization;
using System.Net;

namespace Mesh.Benchmarks.Soak;

/// <summary>One request of the load and the answer it wants.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Version">HTTP's.</param>
/// <param name="Method">GET or POST.</param>
/// <param name="Sent">Bytes of its body.</param>
/// <param name="IsChunked">Whether the body's length is not announced.</param>
/// <param name="Wanted">Bytes of the answer's body.</param>
/// <param name="Pieces">In how many pieces; 0: at once.</param>
/// <param name="PieceMilliseconds">How long the application waits after each.</param>
/// <param name="ClosesConnection">Whether the connection is not used again.</param>
/// <param name="GivesUpAfter">When the client loses interest; null: never.</param>
internal sealed record HttpOrder(
    long Id, Version Version, HttpMethod Method, int Sent, bool IsChunked, int Wanted, int Pieces, int PieceMilliseconds,
    bool ClosesConnection, TimeSpan? GivesUpAfter)
{
    public static HttpOrder Any(Random random, long id, Version version)
    {
        var posts = random.Next(3) == 0;
        var streams = random.Next(8) == 0;
        return new HttpOrder(
            id, version,
            posts ? HttpMethod.Post : HttpMethod.Get,
            posts ? Length(random) : 0,
            posts && random.Next(2) == 0,
            Length(random),
            streams ? random.Next(1, 20) : 0,
            random.Next(0, 100),
            version.Major == 1 && random.Next(20) == 0,
            random.Next(40) == 0 ? TimeSpan.FromMilliseconds(random.Next(1, 300)) : null);
    }

    public HttpRequestMessage ToRequest()
    {
        var request = new HttpRequestMessage(Method, $"/soak/{Id % 10}") { Version = Version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Add(SoakHeaders.Id, Id.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(SoakHeaders.Sent, Sent.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(SoakHeaders.Wanted, Wanted.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(SoakHeaders.Pieces, Pieces.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(SoakHeaders.Pause, PieceMilliseconds.ToString(CultureInfo.InvariantCulture));
        request.Headers.ConnectionClose = ClosesConnection ? true : null;
        if (Method == HttpMethod.Post)
        {
            request.Content = new ReadOnlyMemoryContent(Payload.Of(Id, Sent));
            if (IsChunked)
            {
                request.Headers.TransferEncodingChunked = Version.Major == 1 ? true : null;
                request.Content = new StreamContent(new UnknownLength(Payload.Of(Id, Sent)));
            }
        }
        return request;
    }

    // Mostly small, now and then larger than any buffer on the way.
    private static int Length(Random random) => random.Next(20) switch
    {
        < 12 => random.Next(0, 1000),
        < 18 => random.Next(1000, 40_000),
        _ => random.Next(40_000, Payload.MaxLength / 2),
    };
}
