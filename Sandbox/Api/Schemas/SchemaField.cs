namespace Mesh.Sandbox.Api.Schemas;

/// <summary>A field of a built-in kind.</summary>
/// <param name="Number">In protobuf.</param>
/// <param name="Name">In JSON.</param>
/// <param name="Shape">One value, a list, a map by string, or a list in a message of its own.</param>
/// <param name="Type">A scalar's name or a message's.</param>
/// <param name="IsPointer">A zero value is not the same as none.</param>
/// <param name="IsInline">Its fields are those of the message around it.</param>
internal sealed record SchemaField(int Number, string Name, FieldShape Shape, string Type, bool IsPointer, bool IsInline)
{
    public bool IsMessage => Type.Contains('.');
}
