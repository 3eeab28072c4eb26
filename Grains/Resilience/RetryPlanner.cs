using System.Globalization;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Resilience;

/// <summary>What the annotations retry.linkerd.io/* say.</summary>
internal static class RetryPlanner
{
    /// <summary>Linkerd's default of retry.linkerd.io/limit.</summary>
    private const uint DefaultLimit = 1;

    /// <returns>
    /// Null when no annotation says anything of retries. As with Linkerd a limit or timeout of 0 counts as absent, and a policy without
    /// conditions retries only what exceeds its timeout.
    /// </returns>
    /// <param name="annotations">Of a Service or a route.</param>
    /// <param name="http">Whether retry.linkerd.io/http means something on this object.</param>
    /// <param name="grpc">Whether retry.linkerd.io/grpc means something on this object.</param>
    public static RetryPolicy? Plan(AnnotationReader annotations, bool http = true, bool grpc = true)
    {
        var limit = annotations.Number(ResilienceAnnotations.RetryLimit, 0, ushort.MaxValue) is > 0 and var number ? number : (uint?)null;
        var timeout = annotations.Duration(ResilienceAnnotations.RetryTimeout) is > 0 and var duration ? duration : (uint?)null;
        var statuses = List(annotations, ResilienceAnnotations.RetryHttp, http, "a GRPCRoute", Http,
            "Write status codes (503), ranges (500-504), 5xx or gateway-error, with commas between them.");
        var codes = List(annotations, ResilienceAnnotations.RetryGrpc, grpc, "an HTTPRoute", Grpc,
            "Write cancelled, deadline-exceeded, internal, resource-exhausted or unavailable, with commas between them.");
        if (limit is null && timeout is null && statuses is null && codes is null)
        {
            return null;
        }
        var policy = new RetryPolicy { Limit = limit ?? DefaultLimit, TimeoutMs = timeout ?? 0 };
        policy.Http.Add(statuses ?? []);
        policy.Grpc.Add(codes ?? []);
        return policy;
    }

    /// <summary>One part that cannot be read makes the whole list count as absent: half of it may not be what was meant.</summary>
    private static List<T>? List<T>(
        AnnotationReader annotations, string annotation, bool applies, string elsewhere, Func<string, T?> parse, string advice)
    {
        if (annotations.Text(annotation) is not { } text)
        {
            return null;
        }
        if (!applies)
        {
            annotations.Refuse(annotation, $"it means nothing on {elsewhere} and is ignored.");
            return null;
        }
        var list = new List<T>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (parse(part.ToLowerInvariant()) is not { } condition || condition.Equals(default(T)))
            {
                annotations.Refuse(annotation, $"'{part}' is no retry condition, so '{text}' is ignored. {advice}");
                return null;
            }
            list.Add(condition);
        }
        return list;
    }

    private static StatusRange? Http(string text)
    {
        if (text == "gateway-error")
        {
            return new StatusRange { First = 502, Last = 504 };
        }
        if (text.Length == 3 && text[0] is >= '1' and <= '5' && text[1..] == "xx")
        {
            var first = (uint)(text[0] - '0') * 100;
            return new StatusRange { First = first, Last = first + 99 };
        }
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var from = Status(dash < 0 ? text : text[..dash].TrimEnd());
        var to = dash < 0 ? from : Status(text[(dash + 1)..].TrimStart());
        return from is { } low && to is { } high && low <= high ? new StatusRange { First = low, Last = high } : null;
    }

    private static uint? Status(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 100 and < 600 ? status : null;

    /// <summary>0, which is the status OK and never retried, for what is none of these.</summary>
    private static uint Grpc(string text) => text switch
    {
        "cancelled" => 1,
        "deadline-exceeded" => 4,
        "resource-exhausted" => 8,
        "internal" => 13,
        "unavailable" => 14,
        _ => 0,
    };
}
