namespace Mesh.Grains.Observed;

/// <summary>Which service and method a call must be of.</summary>
/// <param name="Type">Exact or RegularExpression; null when absent, which is Exact.</param>
/// <param name="Service">Null or empty: any.</param>
/// <param name="Method">Null or empty: any.</param>
public sealed record ObservedGrpcMethod(
    string? Type,
    string? Service,
    string? Method);
