namespace Mesh.Silo.Hosting;

/// <summary>Something without which it is no use to start Orleans, and which may come.</summary>
internal interface IStartCondition
{
    /// <summary>Looks once.</summary>
    /// <returns>Null when it is there; otherwise what is missing, in one line.</returns>
    Task<string?> MissingAsync(CancellationToken cancellationToken);
}
