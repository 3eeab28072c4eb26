namespace Mesh.Proxy.Cni;

/// <summary>What the plugin answers the container runtime instead of a result (CNI specification, "Error").</summary>
/// <param name="code">See <see cref="CniErrorCode"/>.</param>
/// <param name="message">What happened, for one line of a kubelet event.</param>
/// <param name="details">Probable cause and what to do.</param>
internal sealed class CniException(int code, string message, string details = "") : Exception(message)
{
    public int Code { get; } = code;

    public string Details { get; } = details;
}
