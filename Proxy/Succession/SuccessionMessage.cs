namespace Mesh.Proxy.Succession;

/// <summary>
/// What the two processes say to each other. The newer one asks: <c>take-over</c> is answered with <c>inheritance</c> (with the lock, and
/// the CNI socket if there is one), each <c>next</c> with <c>pod</c> (with its descriptors) or <c>end</c>, and <c>serving</c> with
/// <c>retired</c>; after that the older one sends <c>traffic</c>. Anything may be answered with <c>refused</c>. Either side may be of
/// another version: what it does not know it leaves alone, and fields are only ever added.
/// </summary>
internal sealed record SuccessionMessage
{
    public const string TakeOver = "take-over";
    public const string Inheritance = "inheritance";
    public const string Next = "next";
    public const string Pod = "pod";
    public const string End = "end";
    public const string Serving = "serving";
    public const string Retired = "retired";
    public const string Traffic = "traffic";
    public const string Refused = "refused";

    public required string Kind { get; init; }

    /// <summary>Who asks (take-over), or why not (refused).</summary>
    public string? Text { get; init; }

    /// <summary>Of a pod.</summary>
    public Enrolment.Enrolment? Enrolment { get; init; }

    /// <summary>The redirect rules in place in the pod.</summary>
    public string? Script { get; init; }

    /// <summary>How many of a pod's descriptors, after the network namespace, are outbound listeners; the rest are inbound ones.</summary>
    public int Outbound { get; init; }

    /// <summary>A <see cref="Interfaces.NodeSession.TrafficReport"/>, serialized: what connections did that the older process still has.</summary>
    public byte[]? Report { get; init; }
}
