namespace Mesh.Grains.Ports;

/// <summary>Names one route to write a status to.</summary>
/// <param name="Kind">HTTPRoute or GRPCRoute.</param>
public sealed record RouteObject(string Group, string Version, string Kind, string Namespace, string Name, string Uid)
{
    public string ApiVersion => $"{Group}/{Version}";
}
