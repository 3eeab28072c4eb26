using System.Text.Json.Nodes;

namespace Mesh.Sandbox.Api.Patching;

/// <summary>JSON Merge Patch, <see href="https://www.rfc-editor.org/rfc/rfc7396"/>.</summary>
internal static class MergePatch
{
    /// <summary>Changes <paramref name="target"/> in place.</summary>
    public static void Apply(JsonObject target, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            switch (value)
            {
                case null:
                    target.Remove(key);
                    break;
                case JsonObject changes:
                    if (target[key] is not JsonObject child)
                    {
                        target[key] = child = [];
                    }
                    Apply(child, changes);
                    break;
                default:
                    target[key] = value.DeepClone();
                    break;
            }
        }
    }
}
