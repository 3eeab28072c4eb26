using Mesh.Interfaces.Links;

namespace Mesh.Interfaces.Exports;

/// <summary>The selectors of one Link: which services of the target cluster it mirrors, and how. A null or empty selector selects nothing.</summary>
[GenerateSerializer, Immutable, Alias("mesh.ExportSelectors")]
public sealed record ExportSelectors([property: Id(0)] LabelSelectorSpec? RemoteDiscovery);
