namespace Mesh.Sandbox.Api;

/// <summary>How a write is to be carried out.</summary>
internal sealed record WriteOptions
{
    public static readonly WriteOptions None = new();

    /// <summary>Do everything but keep the result.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether unknown fields are dropped silently (Ignore), dropped with a warning (Warn) or refused (Strict).</summary>
    public string FieldValidation { get; init; } = "Warn";

    public string FieldManager { get; init; } = "unknown";

    /// <summary>Server-side apply: take over fields that other managers own.</summary>
    public bool Force { get; init; }

    /// <summary>Warnings for the user, collected on the way.</summary>
    public List<string> Warnings { get; init; } = [];
}
