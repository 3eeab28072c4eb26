using System.Text.Json;

namespace Mesh.Kubernetes;

/// <summary>An object whose JSON does not have the form its kind must have, and why.</summary>
/// <param name="Namespace">Its namespace; empty when it has none or even that cannot be read.</param>
/// <param name="Name">Its name, or empty.</param>
/// <param name="ResourceVersion">Its version, or empty.</param>
/// <param name="Error">What is wrong, with the path of the field.</param>
/// <param name="Json">The object as it came.</param>
public sealed record UndecodableResource(string Namespace, string Name, string ResourceVersion, string Error, JsonElement Json);
