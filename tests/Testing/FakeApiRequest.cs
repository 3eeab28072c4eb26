namespace Mesh.Testing;

/// <summary>One request that a <see cref="FakeApiServer"/> got.</summary>
public sealed record FakeApiRequest
{
    public required string Method { get; init; }

    public required string Path { get; init; }

    /// <summary>With its question mark; empty when there is none.</summary>
    public required string Query { get; init; }

    public required string Body { get; init; }

    public required string? ContentType { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The subject of the client's certificate.</summary>
    public required string? ClientCertificate { get; init; }
}
