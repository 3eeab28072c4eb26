namespace Mesh.Proxy.DataPlane;

/// <summary>What became of a request.</summary>
/// <param name="Status">HTTP's; 0: it broke off before it was answered.</param>
/// <param name="GrpcStatus">-1: not gRPC, or not known.</param>
/// <param name="RequestBytes">Bytes of its body that were passed on.</param>
/// <param name="ResponseBytes">Bytes of the response's body that were passed on.</param>
/// <param name="ProcessingMicroseconds">From its head to its being passed on; 0: it never was.</param>
/// <param name="Ended">Loop time, in microseconds.</param>
internal readonly record struct RequestOutcome(
    int Status, int GrpcStatus, long RequestBytes, long ResponseBytes, long ProcessingMicroseconds, long Ended);
