namespace Mesh.Sandbox.Node;

/// <summary>A file or directory of the machine that a container sees.</summary>
internal sealed record ContainerMount(string Source, string Target, bool ReadOnly = false, bool IsFile = false);
