using System.Collections.Immutable;

namespace Mesh.Sandbox.Node;

/// <summary>What stands in for a container image.</summary>
/// <param name="Entrypoint">What runs when the container names no command.</param>
/// <param name="Environment">The image's own variables.</param>
/// <param name="Files">Files the image has beside the machine's.</param>
internal sealed record ImageProgram(
    ImmutableArray<string> Entrypoint, IReadOnlyDictionary<string, string> Environment, ImmutableArray<ContainerFile> Files);
