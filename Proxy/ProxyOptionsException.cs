namespace Mesh.Proxy;

/// <summary>The proxy's settings are wrong; the message names every one that is.</summary>
internal sealed class ProxyOptionsException(IReadOnlyList<string> errors) : Exception(string.Join("; ", errors));
