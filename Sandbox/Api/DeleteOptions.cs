using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api;

/// <summary>How an object is to be deleted.</summary>
internal sealed record DeleteOptions
{
    public static readonly DeleteOptions Default = new();

    /// <summary>Null: the object's own default.</summary>
    public long? GracePeriodSeconds { get; init; }

    /// <summary>Orphan, Background or Foreground.</summary>
    public string Propagation { get; init; } = "Background";

    /// <summary>Delete only if the object's uid is this.</summary>
    public string? Uid { get; init; }

    /// <summary>Delete only if the object's resourceVersion is this.</summary>
    public string? ResourceVersion { get; init; }

    public bool DryRun { get; init; }

    public static DeleteOptions From(JsonObject? body, IReadOnlyDictionary<string, string> query)
    {
        var grace = body.Integer("gracePeriodSeconds");
        if (grace is null && query.TryGetValue("gracePeriodSeconds", out var text) && long.TryParse(text, out var parsed))
        {
            grace = parsed;
        }
        var propagation = body.Text("propagationPolicy") ?? query.GetValueOrDefault("propagationPolicy");
        if (propagation is not (null or "Orphan" or "Background" or "Foreground"))
        {
            throw ApiErrors.BadRequest($"invalid propagationPolicy \"{propagation}\": it can be Orphan, Background or Foreground");
        }
        if (body.Flag("orphanDependents") == true)
        {
            propagation ??= "Orphan";
        }
        return new DeleteOptions
        {
            GracePeriodSeconds = grace,
            Propagation = propagation ?? "Background",
            Uid = body.Text("preconditions", "uid"),
            ResourceVersion = body.Text("preconditions", "resourceVersion"),
            DryRun = query.GetValueOrDefault("dryRun") == "All" || body.Texts("dryRun").Contains("All"),
        };
    }
}
