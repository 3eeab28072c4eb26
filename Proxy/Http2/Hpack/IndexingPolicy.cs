namespace Mesh.Proxy.Http2.Hpack;

/// <summary>Decides by the name which fields go into the encoder's dynamic table.</summary>
internal static class IndexingPolicy
{
    private static readonly Indexing[] ByName = [.. Enumerable.Range(0, KnownHeaders.Count).Select(known => Decide((KnownHeader)known))];

    public static Indexing Of(KnownHeader known) => ByName[(int)known];

    private static Indexing Decide(KnownHeader known) => known switch
    {
        KnownHeader.Authorization or KnownHeader.ProxyAuthorization => Indexing.Never,
        KnownHeader.Cookie or KnownHeader.SetCookie => Indexing.No,
        KnownHeader.ContentLength or KnownHeader.ContentRange or KnownHeader.Date or KnownHeader.Age or KnownHeader.ETag
            or KnownHeader.Expires or KnownHeader.IfMatch or KnownHeader.IfModifiedSince or KnownHeader.IfNoneMatch
            or KnownHeader.IfRange or KnownHeader.IfUnmodifiedSince or KnownHeader.LastModified or KnownHeader.Location
            or KnownHeader.Range or KnownHeader.GrpcTimeout or KnownHeader.GrpcMessage or KnownHeader.TraceParent
            or KnownHeader.TraceState or KnownHeader.B3 or KnownHeader.B3TraceId or KnownHeader.B3SpanId
            or KnownHeader.B3ParentSpanId or KnownHeader.RequestId or KnownHeader.CorrelationId => Indexing.NameOnly,
        KnownHeader.Authority or KnownHeader.Method or KnownHeader.Scheme or KnownHeader.Status or KnownHeader.Accept
            or KnownHeader.AcceptEncoding or KnownHeader.AcceptLanguage or KnownHeader.ContentType or KnownHeader.ContentEncoding
            or KnownHeader.Te or KnownHeader.UserAgent or KnownHeader.Server or KnownHeader.Vary or KnownHeader.Via
            or KnownHeader.GrpcStatus or KnownHeader.GrpcEncoding or KnownHeader.GrpcAcceptEncoding or KnownHeader.CacheControl
            or KnownHeader.Reserved => Indexing.AtOnce,
        _ => Indexing.WhenRepeated,
    };
}
