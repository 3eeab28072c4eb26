using System.Text.Json.Nodes;

namespace Mesh.Sandbox.Controllers;

/// <summary>The endpoints of a service that have the same port numbers.</summary>
/// <param name="Ports">As an EndpointSlice lists them.</param>
/// <param name="Endpoints">As an EndpointSlice lists them, by pod name.</param>
internal sealed record EndpointGroup(IReadOnlyList<JsonObject> Ports, IReadOnlyList<JsonObject> Endpoints);
