using System.Text.Json.Nodes;

namespace Mesh.Sandbox.Api.Types;

/// <summary>What a CustomResourceDefinition says about one version.</summary>
/// <param name="Schema">The openAPIV3Schema; null when everything is kept as it comes.</param>
/// <param name="HasStatus">Whether status is a subresource of its own.</param>
/// <param name="Columns">additionalPrinterColumns.</param>
/// <param name="DeprecationWarning">What to warn users of this version about; null when it is not deprecated.</param>
/// <param name="Scale">subresources.scale; null without one.</param>
internal sealed record CustomVersion(
    JsonObject? Schema, bool HasStatus, IReadOnlyList<JsonObject> Columns, string? DeprecationWarning, JsonObject? Scale);
