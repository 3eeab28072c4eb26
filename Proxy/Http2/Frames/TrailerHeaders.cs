using Mesh.Proxy.Http2.Hpack;

namespace Mesh.Proxy.Http2.Frames;

/// <summary>
/// Checks the trailers of a message (RFC 9113 section 8.1): no pseudo-header fields, and nothing that would frame or route the message.
/// </summary>
internal static class TrailerHeaders
{
    /// <param name="list">As decoded.</param>
    /// <param name="grpcStatus">The position of grpc-status; -1 when there is none.</param>
    public static HeaderError Check(HeaderList list, out int grpcStatus)
    {
        grpcStatus = -1;
        for (var i = 0; i < list.Count; i++)
        {
            if (FieldRules.IsPseudo(list, i))
            {
                return HeaderError.BadPseudoField;
            }
            var error = FieldRules.CheckRegular(list, i);
            if (error != HeaderError.None)
            {
                return error;
            }
            switch (list.Known(i))
            {
                // RFC 9110 section 6.5.1; a recipient that merges trailers into the headers would act on them.
                case KnownHeader.ContentLength or KnownHeader.Host or KnownHeader.Te or KnownHeader.Trailer:
                    return HeaderError.BadName;
                // Only a proxy may set those, and ours sets none in trailers.
                case KnownHeader.Reserved:
                    return HeaderError.BadName;
                case KnownHeader.GrpcStatus:
                    grpcStatus = i;
                    break;
                default:
                    break;
            }
        }
        return HeaderError.None;
    }
}
