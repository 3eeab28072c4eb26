namespace Mesh.Sandbox.Node;

/// <summary>A small file that belongs to a container's image or identity.</summary>
internal sealed record ContainerFile(string Path, string Content, bool Executable = false);
