namespace Mesh.Proxy.Metrics;

/// <summary>The status codes of gRPC (grpc/grpc doc/statuscodes.md) that the proxy gives or judges.</summary>
internal static class GrpcStatus
{
    public const int Unknown = 2;
    public const int DeadlineExceeded = 4;
    public const int PermissionDenied = 7;
    public const int Unimplemented = 12;
    public const int Internal = 13;
    public const int Unavailable = 14;
    public const int DataLoss = 15;

    /// <summary>0 (OK) to 16 (UNAUTHENTICATED).</summary>
    public const int Count = 17;

    /// <summary>Whether a response counts as failed; the list is that of Linkerd's client policies.</summary>
    public static bool IsFailure(int status) =>
        status is Unknown or DeadlineExceeded or PermissionDenied or Internal or Unavailable or DataLoss;

    /// <summary>Reads the value of a grpc-status field.</summary>
    /// <returns>UNKNOWN for what is not one of the codes, as clients take it.</returns>
    public static int Parse(ReadOnlySpan<byte> value) => value switch
    {
        [>= (byte)'0' and <= (byte)'9'] => value[0] - '0',
        [(byte)'1', >= (byte)'0' and <= (byte)'6'] => 10 + value[1] - '0',
        _ => Unknown,
    };

    /// <summary>What a gRPC client is told where another would get this HTTP status.</summary>
    public static int Of(int httpStatus) => httpStatus switch
    {
        403 => PermissionDenied,
        405 => Unimplemented,
        502 or 503 => Unavailable,
        504 => DeadlineExceeded,
        _ => Internal,
    };
}
