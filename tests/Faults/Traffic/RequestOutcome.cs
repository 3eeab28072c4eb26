namespace Mesh.Faults.Traffic;

/// <summary>How a request ended.</summary>
internal enum RequestOutcome
{
    /// <summary>With the answer of the application.</summary>
    Answered,

    /// <summary>With another answer: the mesh's own, which should say why.</summary>
    Refused,

    /// <summary>Without an answer: the connection was refused, or broke.</summary>
    Broken,

    /// <summary>Not at all, within the time a client waits here.</summary>
    Hung,
}
