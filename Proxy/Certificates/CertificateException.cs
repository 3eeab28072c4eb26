namespace Mesh.Proxy.Certificates;

/// <summary>A certificate was refused, or the one that came is not what was asked for.</summary>
internal sealed class CertificateException(string message) : Exception(message);
