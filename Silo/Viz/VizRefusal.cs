namespace Mesh.Silo.Viz;

/// <summary>An HTTP status with what happened and what to do; becomes problem details (RFC 9457).</summary>
internal sealed record VizRefusal(int Status, string Title, string Detail);
