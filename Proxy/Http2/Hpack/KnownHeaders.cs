using System.Text;

namespace Mesh.Proxy.Http2.Hpack;

/// <summary>From names to <see cref="KnownHeader"/> and back.</summary>
internal static class KnownHeaders
{
    private const int SlotCount = 256;

    // In the order of the enumeration, from Authority on; Reserved has no name of its own.
    private static readonly byte[][] Names =
    [
        [], .. new[]
        {
            ":authority", ":method", ":path", ":scheme", ":status", "accept-charset", "accept-encoding", "accept-language",
            "accept-ranges", "accept", "access-control-allow-origin", "age", "allow", "authorization", "cache-control",
            "content-disposition", "content-encoding", "content-language", "content-length", "content-location", "content-range",
            "content-type", "cookie", "date", "etag", "expect", "expires", "from", "host", "if-match", "if-modified-since",
            "if-none-match", "if-range", "if-unmodified-since", "last-modified", "link", "location", "max-forwards",
            "proxy-authenticate", "proxy-authorization", "range", "referer", "refresh", "retry-after", "server", "set-cookie",
            "strict-transport-security", "transfer-encoding", "user-agent", "vary", "via", "www-authenticate",
            ":protocol", "te", "trailer", "connection", "keep-alive", "proxy-connection", "upgrade", "http2-settings",
            "grpc-status", "grpc-message", "grpc-timeout", "grpc-encoding", "grpc-accept-encoding", "traceparent", "tracestate",
            "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags", "x-request-id",
            "x-correlation-id", "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "priority",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    private static readonly KnownHeader[] Slots = MakeSlots();

    /// <summary>How many values the enumeration has.</summary>
    public static int Count => Names.Length + 1;

    /// <summary>The name in lower case; empty for Other and Reserved.</summary>
    public static ReadOnlySpan<byte> NameOf(KnownHeader header) => (int)header < Names.Length ? Names[(int)header] : default;

    /// <summary>Which known header a name is. Names that are not in lower case are Other.</summary>
    public static KnownHeader Resolve(ReadOnlySpan<byte> name)
    {
        if (name.Length < 2)
        {
            return KnownHeader.Other;
        }
        for (var slot = SlotOf(name); Slots[slot] != KnownHeader.Other; slot = (slot + 1) % SlotCount)
        {
            if (name.SequenceEqual(Names[(int)Slots[slot]]))
            {
                return Slots[slot];
            }
        }
        return name.Length > 4 && name.StartsWith("l5d-"u8) ? KnownHeader.Reserved : KnownHeader.Other;
    }

    private static int SlotOf(ReadOnlySpan<byte> name) =>
        (int)(Mix(name) >> 4) % SlotCount;

    private static uint Mix(ReadOnlySpan<byte> name) =>
        (uint)((name.Length * 0x1F351) ^ (name[0] * 0x2F0B1) ^ (name[^1] * 0x3C6EF) ^ (name[name.Length / 2] * 0x5BD1E));

    private static KnownHeader[] MakeSlots()
    {
        var slots = new KnownHeader[SlotCount];
        for (var header = 1; header < Names.Length; header++)
        {
            var slot = SlotOf(Names[header]);
            while (slots[slot] != KnownHeader.Other)
            {
                slot = (slot + 1) % SlotCount;
            }
            slots[slot] = (KnownHeader)header;
        }
        return slots;
    }
}
