using Mesh.Proxy.Http2.Hpack;

namespace Mesh.Proxy.Http2.Frames;

/// <summary>Checks the header list of a response (RFC 9113 sections 8.2 and 8.3.2).</summary>
internal static class ResponseHeaders
{
    /// <param name="list">As decoded.</param>
    /// <param name="info">What it says; undefined on error.</param>
    public static HeaderError Check(HeaderList list, out ResponseInfo info)
    {
        // A list that the decoder recognised was checked when it came before.
        if (list.Origin is { } origin)
        {
            var (error, known) = origin.Response ??= (CheckFields(list, out var found), found);
            info = known;
            return error;
        }
        return CheckFields(list, out info);
    }

    private static HeaderError CheckFields(HeaderList list, out ResponseInfo info)
    {
        info = new ResponseInfo { ContentLength = -1, ContentType = -1, GrpcStatus = -1 };
        if (list.Count == 0 || list.Known(0) != KnownHeader.Status)
        {
            return list.Count > 0 && FieldRules.IsPseudo(list, 0) ? HeaderError.BadPseudoField : HeaderError.MissingPseudoField;
        }
        if (list.Value(0) is not [>= (byte)'1' and <= (byte)'9', >= (byte)'0' and <= (byte)'9', >= (byte)'0' and <= (byte)'9'] status
            || status.SequenceEqual("101"u8))
        {
            return HeaderError.BadStatus;
        }
        info.Status = (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
        for (var i = 1; i < list.Count; i++)
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
                case KnownHeader.ContentLength:
                    if (info.ContentLength >= 0 || !FieldRules.TryParseLength(list.Value(i), out info.ContentLength))
                    {
                        return HeaderError.BadContentLength;
                    }
                    break;
                case KnownHeader.ContentType:
                    info.ContentType = i;
                    info.IsGrpc = FieldRules.IsGrpc(list.Value(i));
                    break;
                case KnownHeader.GrpcStatus:
                    info.GrpcStatus = i;
                    break;
                case KnownHeader.Reserved:
                    info.HasReserved = true;
                    break;
                default:
                    break;
            }
        }
        return HeaderError.None;
    }
}
