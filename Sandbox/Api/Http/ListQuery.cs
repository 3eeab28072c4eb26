using System.Text;
using Mesh.Sandbox.Api.Selection;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api.Http;

/// <summary>What a list or watch asks for.</summary>
internal sealed record ListQuery(LabelSelector Labels, FieldSelector Fields, string? Name)
{
    /// <summary>Null: everything at once.</summary>
    public int? Limit { get; init; }

    /// <summary>Where the page begins: behind this namespace and name.</summary>
    public (string Namespace, string Name)? After { get; init; }

    public string ResourceVersion { get; init; } = "";

    public bool Bookmarks { get; init; }

    public bool SendInitialEvents { get; init; }

    public int? TimeoutSeconds { get; init; }

    public bool Matches(StoredObject item) =>
        (Name is null || item.Name == Name) && Fields.Matches(item) && (Labels.IsEverything || Labels.Matches(item.Labels));

    public static ListQuery From(ApiRequest request, ResourceType type)
    {
        var query = request.Query;
        return new(
            LabelSelector.Parse(query.GetValueOrDefault("labelSelector")),
            FieldSelector.Parse(query.GetValueOrDefault("fieldSelector"), type),
            request.Target.Name)
        {
            Limit = Number(query.GetValueOrDefault("limit")),
            After = query.GetValueOrDefault("continue") is { Length: > 0 } token ? ReadContinue(token) : null,
            ResourceVersion = query.GetValueOrDefault("resourceVersion", ""),
            Bookmarks = query.GetValueOrDefault("allowWatchBookmarks") is "true" or "1",
            SendInitialEvents = query.GetValueOrDefault("sendInitialEvents") is "true" or "1",
            TimeoutSeconds = Number(query.GetValueOrDefault("timeoutSeconds")),
        };
    }

    public static string WriteContinue(StoredObject last) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"{last.Namespace}/{last.Name}")).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static (string, string) ReadContinue(string token)
    {
        try
        {
            var base64 = token.Replace('-', '+').Replace('_', '/');
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '=')));
            var slash = text.IndexOf('/');
            return slash < 0 ? throw new FormatException() : (text[..slash], text[(slash + 1)..]);
        }
        catch (FormatException)
        {
            throw ApiErrors.BadRequest("continue key is not valid: it does not come from this server");
        }
    }

    private static int? Number(string? text) => int.TryParse(text, out var number) && number > 0 ? number : null;
}
