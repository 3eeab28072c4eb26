namespace Mesh.Sandbox.Api.Types;

/// <summary>A subresource as discovery lists it.</summary>
/// <param name="Name">Such as <c>log</c>.</param>
/// <param name="Kind">The kind its bodies have.</param>
/// <param name="Verbs">What can be done with it.</param>
/// <param name="Group">The group of the kind, where it is not the parent's.</param>
/// <param name="Version">The version of the kind, where it is not the parent's.</param>
internal sealed record Subresource(string Name, string Kind, string[] Verbs, string? Group = null, string? Version = null);
