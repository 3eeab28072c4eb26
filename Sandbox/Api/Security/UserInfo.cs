using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Security;

/// <summary>Who makes a request.</summary>
internal sealed record UserInfo(string Name, IReadOnlyList<string> Groups)
{
    public const string AllAuthenticated = "system:authenticated";

    public static readonly UserInfo Anonymous = new("system:anonymous", ["system:unauthenticated"]);

    public string Uid { get; init; } = "";

    public IReadOnlyDictionary<string, string[]> Extra { get; init; } = new Dictionary<string, string[]>();

    public JsonObject ToJson()
    {
        var result = new JsonObject { ["username"] = Name };
        if (Uid.Length > 0)
        {
            result["uid"] = Uid;
        }
        result["groups"] = Groups.ToJsonArray();
        if (Extra.Count > 0)
        {
            var extra = new JsonObject();
            foreach (var (key, values) in Extra)
            {
                extra[key] = values.ToJsonArray();
            }
            result["extra"] = extra;
        }
        return result;
    }
}
