namespace Mesh.Proxy.Tracing;

/// <summary>In which header a request carries its trace.</summary>
internal enum TraceFormat
{
    /// <summary><c>traceparent</c> (W3C Trace Context).</summary>
    W3C,

    /// <summary><c>b3</c>, Zipkin's single header.</summary>
    B3,

    /// <summary><c>x-b3-traceid</c> and its companions.</summary>
    B3Headers,
}
