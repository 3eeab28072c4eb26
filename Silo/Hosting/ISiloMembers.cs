namespace Mesh.Silo.Hosting;

/// <summary>The silos of the mesh, whichever engine finds them.</summary>
internal interface ISiloMembers
{
    /// <summary>What <c>mesh check</c> is told the engine is.</summary>
    string Engine { get; }

    IReadOnlyList<SiloMember> Current { get; }

    /// <summary>Raised on any thread after <see cref="Current"/> has changed; handlers return at once and do not throw.</summary>
    event Action? Changed;
}
