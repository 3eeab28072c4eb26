namespace Mesh.Cli.Inject;

/// <summary>The manifests, and for each object one line on what was done with it.</summary>
internal sealed record InjectionResult(string Yaml, IReadOnlyList<string> Report);
