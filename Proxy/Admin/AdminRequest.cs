using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Admin;

/// <summary>Reads a request to the admin port and finds the answer. GET and HEAD; a body is not looked at.</summary>
internal static class AdminRequest
{
    /// <param name="data">What has come, from the first byte on.</param>
    /// <param name="limit">Bytes the head may have.</param>
    /// <param name="pages">By path; null: no such page.</param>
    /// <param name="lineStart">Kept by the caller between calls; 0 at first.</param>
    /// <param name="withBody">Whether the answer's body is to be sent.</param>
    /// <returns>Null while the head is incomplete.</returns>
    public static AdminAnswer? Answer(
        ReadOnlySpan<byte> data, int limit, Func<string, AdminAnswer?> pages, ref int lineStart, out bool withBody)
    {
        withBody = true;
        var error = HeadScanner.Find(data, ref lineStart, out var length);
        if (error == HeadError.None && length == 0)
        {
            return data.Length < limit ? null : AdminAnswer.Text(431, $"A request here has at most {limit} bytes.\n");
        }
        var request = default(RequestHead);
        if (error == HeadError.None)
        {
            error = RequestHeadParser.Parse(data[..length], out request);
        }
        if (error != HeadError.None)
        {
            return error == HeadError.BadVersion
                ? AdminAnswer.Text(505, "HTTP/1.0 or HTTP/1.1 is spoken here, without TLS.\n")
                : AdminAnswer.Text(400, $"This is no request in HTTP/1.1 ({error}).\n");
        }
        if (request.Verb is not (HttpVerb.Get or HttpVerb.Head))
        {
            return AdminAnswer.Text(405, "Only GET and HEAD.\n");
        }
        withBody = request.Verb == HttpVerb.Get;
        return pages(Encoding.Latin1.GetString(RequestPath.Of(data.Slice(request.TargetStart, request.TargetLength))))
            ?? AdminAnswer.Text(404, "There is /live, /ready and /metrics.\n");
    }
}
