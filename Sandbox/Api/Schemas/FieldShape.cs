namespace Mesh.Sandbox.Api.Schemas;

/// <summary>How many values a field has.</summary>
internal enum FieldShape
{
    Single,
    List,
    Map,
    WrappedList,
}
