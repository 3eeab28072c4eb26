using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>Names one object.</summary>
internal readonly record struct ObjectKey(string Resource, string Namespace, string Name)
{
    public static ObjectKey Of(StoreEvent change) => new(change.Resource, change.Object.Namespace, change.Object.Name);

    public override string ToString() => Namespace.Length == 0 ? $"{Resource}/{Name}" : $"{Resource}/{Namespace}/{Name}";
}
