using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Api;

/// <summary>How far a deletion got.</summary>
/// <param name="Object">The object's last or current version.</param>
/// <param name="Gone">False when it waits for its finalizers, its dependents or its node.</param>
internal sealed record DeleteOutcome(StoredObject Object, bool Gone);
