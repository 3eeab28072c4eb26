using Mesh.Proxy.Http1;
using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.DataPlane;

/// <summary>What decisions about a request are taken by, whichever version of HTTP it came in. Valid while its bytes are.</summary>
internal readonly ref struct RequestView : IHeaderFields
{
    private readonly ReadOnlySpan<byte> _lines;
    private readonly HeaderList? _fields;

    private RequestView(
        RequestVersion version, HttpVerb verb, ReadOnlySpan<byte> method, ReadOnlySpan<byte> target, ReadOnlySpan<byte> lines,
        HeaderList? fields)
    {
        Version = version;
        Verb = verb;
        Method = method;
        Target = target;
        _lines = lines;
        _fields = fields;
    }

    public RequestVersion Version { get; }

    public HttpVerb Verb { get; }

    public ReadOnlySpan<byte> Method { get; }

    /// <summary>Path and query, as sent.</summary>
    public ReadOnlySpan<byte> Target { get; }

    /// <summary>Whom it is for, as the client says; empty: it does not say.</summary>
    public ReadOnlySpan<byte> Host =>
        _fields is not null && _fields.IndexOf(KnownHeader.Authority) is >= 0 and var i ? _fields.Value(i)
        : TryGetHeader("host"u8, out var host) ? host : default;

    /// <summary>HTTP/2's :scheme; empty in HTTP/1.</summary>
    public ReadOnlySpan<byte> Scheme => _fields?.IndexOf(KnownHeader.Scheme) is >= 0 and var i ? _fields.Value(i) : default;

    public static RequestView Of(ReadOnlySpan<byte> head, in RequestHead request) => new(
        request.MinorVersion == 0 ? RequestVersion.Http10 : RequestVersion.Http11, request.Verb,
        head[..(request.TargetStart - 1)], head.Slice(request.TargetStart, request.TargetLength), head[request.HeadersStart..], null);

    /// <param name="fields">A checked request that is no CONNECT.</param>
    /// <param name="info">What it says.</param>
    public static RequestView Of(HeaderList fields, in RequestInfo info) =>
        new(RequestVersion.Http2, info.Verb, fields.Value(info.Method), fields.Value(info.Path), default, fields);

    public bool TryFind(ReadOnlySpan<byte> name, scoped ref int position, out ReadOnlySpan<byte> value) =>
        _fields is null ? new HeadFields(_lines).TryFind(name, ref position, out value) : TryFindField(name, ref position, out value);

    /// <summary>Finds a header's value, the first if there are several.</summary>
    /// <param name="name">In lower case.</param>
    /// <param name="value">Undefined when there is none.</param>
    public bool TryGetHeader(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var position = 0;
        return TryFind(name, ref position, out value);
    }

    private bool TryFindField(ReadOnlySpan<byte> name, scoped ref int position, out ReadOnlySpan<byte> value)
    {
        while (position < _fields!.Count)
        {
            var i = position++;
            if (name.SequenceEqual(_fields.Name(i)))
            {
                value = _fields.Value(i);
                return true;
            }
        }
        value = default;
        return false;
    }
}
