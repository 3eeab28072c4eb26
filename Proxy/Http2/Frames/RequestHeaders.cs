using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Http2.Hpack;

namespace Mesh.Proxy.Http2.Frames;

/// <summary>
/// Checks the header list of a request (RFC 9113 sections 8.2, 8.3.1 and 8.5). Strict: what could be read in two ways is refused.
/// </summary>
internal static class RequestHeaders
{
    /// <param name="list">As decoded.</param>
    /// <param name="info">What it says; undefined on error.</param>
    /// <param name="allowsProtocol">Whether we have said SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441).</param>
    public static HeaderError Check(HeaderList list, out RequestInfo info, bool allowsProtocol = false)
    {
        // A list that the decoder recognised was checked when it came before.
        if (list.Origin is { } origin)
        {
            var (error, known) = origin.Request ??= (CheckFields(list, out var found, allowsProtocol), found);
            info = known;
            return error;
        }
        return CheckFields(list, out info, allowsProtocol);
    }

    private static HeaderError CheckFields(HeaderList list, out RequestInfo info, bool allowsProtocol)
    {
        info = new RequestInfo
        {
            Method = -1,
            Path = -1,
            Scheme = -1,
            Authority = -1,
            Host = -1,
            Protocol = -1,
            ContentType = -1,
            ContentLength = -1,
        };
        var i = 0;
        for (; i < list.Count && FieldRules.IsPseudo(list, i); i++)
        {
            var pseudoError = TakePseudo(list, i, ref info, allowsProtocol);
            if (pseudoError != HeaderError.None)
            {
                return pseudoError;
            }
        }
        for (; i < list.Count; i++)
        {
            if (FieldRules.IsPseudo(list, i))
            {
                return HeaderError.BadPseudoField;
            }
            var error = FieldRules.CheckRegular(list, i);
            if (error == HeaderError.None)
            {
                error = TakeRegular(list, i, ref info);
            }
            if (error != HeaderError.None)
            {
                return error;
            }
        }
        return CheckShape(list, ref info);
    }

    private static HeaderError TakePseudo(HeaderList list, int i, ref RequestInfo info, bool allowsProtocol)
    {
        var value = list.Value(i);
        switch (list.Known(i))
        {
            case KnownHeader.Method when info.Method < 0:
                info.Method = i;
                info.Verb = RequestHeadParser.VerbOf(value);
                return info.Verb != HttpVerb.Other || FieldRules.IsMethod(value) ? HeaderError.None : HeaderError.BadMethod;
            case KnownHeader.Path when info.Path < 0:
                info.Path = i;
                return value.IsEmpty || value.ContainsAnyInRange((byte)0, (byte)' ') || value.Contains((byte)0x7F)
                    ? HeaderError.BadPath
                    : HeaderError.None;
            case KnownHeader.Scheme when info.Scheme < 0:
                info.Scheme = i;
                return value.SequenceEqual("http"u8) || value.SequenceEqual("https"u8) ? HeaderError.None : HeaderError.BadScheme;
            case KnownHeader.Authority when info.Authority < 0:
                info.Authority = i;
                return FieldRules.IsAuthority(value) ? HeaderError.None : HeaderError.BadAuthority;
            case KnownHeader.Protocol when info.Protocol < 0 && allowsProtocol:
                info.Protocol = i;
                return FieldRules.IsMethod(value) ? HeaderError.None : HeaderError.BadPseudoField;
            default:
                return HeaderError.BadPseudoField;
        }
    }

    private static HeaderError TakeRegular(HeaderList list, int i, ref RequestInfo info)
    {
        switch (list.Known(i))
        {
            case KnownHeader.Host:
                if (info.Host >= 0)
                {
                    return HeaderError.HostConflict;
                }
                info.Host = i;
                return FieldRules.IsAuthority(list.Value(i)) ? HeaderError.None : HeaderError.BadAuthority;
            case KnownHeader.ContentLength:
                if (info.ContentLength >= 0 || !FieldRules.TryParseLength(list.Value(i), out info.ContentLength))
                {
                    return HeaderError.BadContentLength;
                }
                return HeaderError.None;
            case KnownHeader.ContentType:
                info.ContentType = i;
                info.IsGrpc = FieldRules.IsGrpc(list.Value(i));
                return HeaderError.None;
            case KnownHeader.Cookie:
                info.CookieCount++;
                return HeaderError.None;
            case KnownHeader.Te:
                info.TakesTrailers = true;
                return HeaderError.None;
            case KnownHeader.Expect:
                info.ExpectsContinue = Ascii.EqualsIgnoreCase(list.Value(i), "100-continue"u8);
                return HeaderError.None;
            case KnownHeader.Reserved:
                info.HasReserved = true;
                return HeaderError.None;
            default:
                return HeaderError.None;
        }
    }

    private static HeaderError CheckShape(HeaderList list, ref RequestInfo info)
    {
        if (info.Method < 0)
        {
            return HeaderError.MissingPseudoField;
        }
        if (info.Verb != HttpVerb.Connect && info.Protocol >= 0)
        {
            return HeaderError.BadPseudoField;
        }
        if (info.Verb == HttpVerb.Connect && info.Protocol < 0)
        {
            // RFC 9113 section 8.5: nothing but where to.
            if (info.Scheme >= 0 || info.Path >= 0)
            {
                return HeaderError.BadConnect;
            }
            if (info.Authority < 0)
            {
                return HeaderError.MissingPseudoField;
            }
        }
        else if (info.Scheme < 0 || info.Path < 0)
        {
            return HeaderError.MissingPseudoField;
        }
        else if (list.Value(info.Path)[0] != '/' && !(info.Verb == HttpVerb.Options && list.Value(info.Path).SequenceEqual("*"u8)))
        {
            return HeaderError.BadPath;
        }
        if (info.Authority < 0)
        {
            info.Authority = info.Host;
            return info.Host < 0 ? HeaderError.BadAuthority : HeaderError.None;
        }
        return info.Host < 0 || Ascii.EqualsIgnoreCase(list.Value(info.Authority), list.Value(info.Host))
            ? HeaderError.None
            : HeaderError.HostConflict;
    }
}
