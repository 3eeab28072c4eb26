namespace Mesh.Benchmarks.Soak;

/// <summary>Header fields by which load and applications understand each other.</summary>
internal static class SoakHeaders
{
    /// <summary>The request's number, also in the response and its trailers.</summary>
    public const string Id = "x-soak-id";

    /// <summary>Length of the request's body.</summary>
    public const string Sent = "x-soak-sent";

    /// <summary>Length that the response's body shall have.</summary>
    public const string Wanted = "x-soak-wanted";

    /// <summary>In how many pieces it shall come, without its length announced; 0: in one, announced.</summary>
    public const string Pieces = "x-soak-pieces";

    /// <summary>Milliseconds between two pieces.</summary>
    public const string Pause = "x-soak-pause";
}
