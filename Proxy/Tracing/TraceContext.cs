namespace Mesh.Proxy.Tracing;

/// <summary>The trace a request belongs to, and what called.</summary>
/// <param name="Format">Where it says so.</param>
/// <param name="TraceId">Not 0.</param>
/// <param name="ParentId">The caller's span. Not 0.</param>
internal readonly record struct TraceContext(TraceFormat Format, UInt128 TraceId, ulong ParentId);
