namespace Mesh.Sandbox.Node;

/// <summary>A container cannot be made from what its pod says (yet): a ConfigMap is missing, a field does not exist.</summary>
internal sealed class ContainerConfigException(string message) : Exception(message);
