namespace Mesh.Grains.Ports;

/// <summary>How a write to the API server ended.</summary>
public enum WriteOutcome
{
    Done,

    /// <summary>The namespace or object to write to does not exist (404), or is another object of that name (uid differs).</summary>
    NotFound,

    /// <summary>An object of that name exists (409 on create).</summary>
    AlreadyExists,

    /// <summary>The API server found the object invalid, or forbids it (400, 403, 422): trying again alone does not help.</summary>
    Refused,

    /// <summary>Anything that may go away by itself: a conflict, no connection, throttling, a server error. Try again later.</summary>
    Unavailable,
}
