namespace Mesh.Proxy.NetworkRules;

/// <summary>A pod's redirect rules could not be put in place; the message says why and what to do.</summary>
internal sealed class NetworkRulesException(string message) : Exception(message);
