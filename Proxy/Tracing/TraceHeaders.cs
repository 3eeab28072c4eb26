using System.Globalization;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tracing;

/// <summary>
/// Reads the headers of W3C Trace Context (w3.org/TR/trace-context) and B3 (github.com/openzipkin/b3-propagation), and puts the proxy's own
/// span in the caller's place. A span id is always 16 digits long, so that nothing moves.
/// </summary>
internal static class TraceHeaders
{
    private const int TraceDigits = 32;
    private const int SpanDigits = 16;
    // 00-<trace>-<span>-<flags>
    private const int W3CLength = 55;
    private const int W3CSpan = 36;

    private static ReadOnlySpan<byte> TraceParent => "traceparent"u8;

    private static ReadOnlySpan<byte> B3TraceId => "x-b3-traceid"u8;

    private static ReadOnlySpan<byte> B3SpanId => "x-b3-spanid"u8;

    private static ReadOnlySpan<byte> B3ParentSpanId => "x-b3-parentspanid"u8;

    /// <summary>Finds the trace of a request that its caller wants recorded. The newest format that says anything decides.</summary>
    public static bool TryReadSampled(in RequestView request, out TraceContext context)
    {
        if (request.TryGetHeader(TraceParent, out var value) && TryReadW3C(value, out context, out var sampled))
        {
            return sampled;
        }
        if (request.TryGetHeader("b3"u8, out value))
        {
            return TryReadB3(value, out context);
        }
        context = default;
        if (request.TryGetHeader(B3TraceId, out var trace) && request.TryGetHeader(B3SpanId, out var span)
            && TryHex(trace, trace.Length == SpanDigits ? SpanDigits : TraceDigits, out var traceId)
            && TryHex(span, SpanDigits, out var spanId))
        {
            context = new TraceContext(TraceFormat.B3Headers, traceId, (ulong)spanId);
            return (request.TryGetHeader("x-b3-sampled"u8, out value) && value.SequenceEqual("1"u8))
                || (request.TryGetHeader("x-b3-flags"u8, out value) && value.SequenceEqual("1"u8));
        }
        return false;
    }

    /// <summary>Puts <paramref name="spanId"/> in the caller's place.</summary>
    /// <param name="lines">The header lines in which <paramref name="context"/> was found.</param>
    /// <param name="context">What they say.</param>
    /// <param name="spanId">The proxy's span.</param>
    public static void Replace(Span<byte> lines, in TraceContext context, ulong spanId)
    {
        switch (context.Format)
        {
            case TraceFormat.W3C:
                ReplaceW3C(Find(lines, TraceParent), spanId);
                break;
            case TraceFormat.B3:
                ReplaceB3(Find(lines, "b3"u8), context, spanId);
                break;
            default:
                ReplaceId(Find(lines, B3SpanId), spanId);
                ReplaceId(Find(lines, B3ParentSpanId), context.ParentId);
                break;
        }
    }

    /// <inheritdoc cref="Replace(Span{byte}, in TraceContext, ulong)"/>
    public static void Replace(HeaderList fields, in TraceContext context, ulong spanId)
    {
        switch (context.Format)
        {
            case TraceFormat.W3C:
                ReplaceW3C(Find(fields, TraceParent), spanId);
                break;
            case TraceFormat.B3:
                ReplaceB3(Find(fields, "b3"u8), context, spanId);
                break;
            default:
                ReplaceId(Find(fields, B3SpanId), spanId);
                ReplaceId(Find(fields, B3ParentSpanId), context.ParentId);
                break;
        }
    }

    // A later version may have more behind the flags, never less; ff is no version.
    private static bool TryReadW3C(ReadOnlySpan<byte> value, out TraceContext context, out bool sampled)
    {
        context = default;
        sampled = false;
        if (value.Length < W3CLength || value[2] != '-' || value[35] != '-' || value[52] != '-'
            || value[..2].SequenceEqual("ff"u8) || (value[..2].SequenceEqual("00"u8) && value.Length > W3CLength)
            || !TryHex(value.Slice(3, TraceDigits), TraceDigits, out var trace)
            || !TryHex(value.Slice(W3CSpan, SpanDigits), SpanDigits, out var span)
            || !byte.TryParse(value.Slice(53, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var flags))
        {
            return false;
        }
        sampled = (flags & 1) != 0;
        context = new TraceContext(TraceFormat.W3C, trace, (ulong)span);
        return true;
    }

    // <trace>-<span>[-<sampled>[-<parent>]]
    private static bool TryReadB3(ReadOnlySpan<byte> value, out TraceContext context)
    {
        context = default;
        var digits = value.IndexOf((byte)'-');
        if (digits is not (SpanDigits or TraceDigits) || value.Length < digits + SpanDigits + 3
            || !TryHex(value[..digits], digits, out var trace) || !TryHex(value.Slice(digits + 1, SpanDigits), SpanDigits, out var span)
            || value[digits + 1 + SpanDigits] != '-' || value[digits + 2 + SpanDigits] is not ((byte)'1' or (byte)'d'))
        {
            return false;
        }
        context = new TraceContext(TraceFormat.B3, trace, (ulong)span);
        return true;
    }

    private static void ReplaceW3C(Span<byte> value, ulong spanId) => ReplaceId(value.Slice(W3CSpan, SpanDigits), spanId);

    private static void ReplaceB3(Span<byte> value, in TraceContext context, ulong spanId)
    {
        var span = value.IndexOf((byte)'-') + 1;
        ReplaceId(value.Slice(span, SpanDigits), spanId);
        var parent = span + SpanDigits + 3;
        if (value.Length == parent + SpanDigits)
        {
            ReplaceId(value[parent..], context.ParentId);
        }
    }

    private static void ReplaceId(Span<byte> id, ulong value)
    {
        if (id.Length == SpanDigits)
        {
            value.TryFormat(id, out _, "x16", CultureInfo.InvariantCulture);
        }
    }

    private static Span<byte> Find(Span<byte> lines, ReadOnlySpan<byte> name)
    {
        var position = 0;
        return new HeadFields(lines).TryFind(name, ref position, out var value) && ((ReadOnlySpan<byte>)lines).Overlaps(value, out var at)
            ? lines.Slice(at, value.Length)
            : default;
    }

    private static Span<byte> Find(HeaderList fields, ReadOnlySpan<byte> name) =>
        fields.IndexOf(name) is >= 0 and var i ? fields.Edit(i) : default;

    private static bool TryHex(ReadOnlySpan<byte> text, int digits, out UInt128 value)
    {
        value = 0;
        return text.Length == digits && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            && value != 0;
    }
}
