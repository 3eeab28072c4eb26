namespace Mesh.Proxy.Enrolment;

/// <summary>A pod could not be enrolled and must not start; the message says what happened, the details why and what to do.</summary>
internal sealed class EnrolmentException(int code, string message, string details, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>For the container runtime, see <see cref="Cni.CniErrorCode"/>.</summary>
    public int Code { get; } = code;

    public string Details { get; } = details;
}
