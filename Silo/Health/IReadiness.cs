namespace Mesh.Silo.Health;

/// <summary>Something the silo needs before it can do its work.</summary>
internal interface IReadiness
{
    /// <summary>Null when it is there; otherwise what is missing, in one line.</summary>
    string? Missing { get; }
}
