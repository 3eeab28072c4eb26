namespace Mesh.Kubernetes;

/// <summary>How an object is deleted.</summary>
/// <param name="GracePeriodSeconds">0 deletes at once; null takes the object's own.</param>
/// <param name="PropagationPolicy">Background, Foreground or Orphan; null takes the kind's default.</param>
/// <param name="Uid">Delete only the object with this UID; otherwise 409.</param>
/// <param name="ResourceVersion">Delete only this version; otherwise 409.</param>
public sealed record DeleteOptions(
    long? GracePeriodSeconds = null, string? PropagationPolicy = null, string? Uid = null, string? ResourceVersion = null);
