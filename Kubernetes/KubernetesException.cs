using System.Net;

namespace Mesh.Kubernetes;

/// <summary>The API server answered, and said no. That it could not be reached is an <see cref="HttpRequestException"/> instead.</summary>
public sealed class KubernetesException(HttpStatusCode status, string reason, string message, TimeSpan? retryAfter = null)
    : Exception(message)
{
    /// <summary>The HTTP status; for an error inside a watch the code of its Status object.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>Kubernetes' machine-readable reason: NotFound, AlreadyExists, Conflict, Expired, Forbidden, …; empty when not given.</summary>
    public string Reason { get; } = reason;

    /// <summary>How long the server asks to wait before the next attempt.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    public bool IsNotFound => Status == HttpStatusCode.NotFound;

    public bool IsConflict => Status == HttpStatusCode.Conflict;

    /// <summary>The resource version or continue token is too old: list again.</summary>
    public bool IsExpired => Status == HttpStatusCode.Gone || Reason is "Expired" or "Gone";
}
