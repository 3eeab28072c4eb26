namespace Mesh.Kubernetes;

/// <summary>How a patch is applied.</summary>
/// <param name="Subresource">Such as <c>status</c>; null for the object itself.</param>
/// <param name="FieldManager">Who the fields belong to; required for server-side apply.</param>
/// <param name="Force">With server-side apply: take fields from other managers.</param>
public sealed record PatchOptions(string? Subresource = null, string? FieldManager = null, bool Force = false);
