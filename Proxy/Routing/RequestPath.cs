namespace Mesh.Proxy.Routing;

/// <summary>The path in a request target (RFC 9112 section 3.2).</summary>
internal static class RequestPath
{
    /// <param name="target">In origin form (<c>/a?b</c>), absolute form (<c>http://host/a?b</c>) or <c>*</c>.</param>
    /// <returns>The path without query; <c>/</c> for an absolute form without one.</returns>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> target)
    {
        if (target.Length > 0 && target[0] != '/')
        {
            var scheme = target.IndexOf("://"u8);
            if (scheme > 0)
            {
                var authority = target[(scheme + 3)..];
                var slash = authority.IndexOfAny((byte)'/', (byte)'?');
                target = slash >= 0 && authority[slash] == '/' ? authority[slash..] : "/"u8;
            }
        }
        var query = target.IndexOf((byte)'?');
        return query >= 0 ? target[..query] : target;
    }
}
