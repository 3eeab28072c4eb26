namespace Mesh.Silo.Identity;

/// <summary>The issuer's files cannot be used; the message says why and what to do.</summary>
public sealed class IssuerException(string message, Exception? cause = null) : Exception(message, cause);
