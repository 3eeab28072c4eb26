using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Controllers;

/// <summary>Whether a pod puts up with a taint.</summary>
internal static class Tolerations
{
    public static bool Tolerates(JsonObject pod, JsonObject taint) => pod.Objects("spec", "tolerations").Any(t => Tolerates(t, taint));

    private static bool Tolerates(JsonNode toleration, JsonObject taint)
    {
        if (toleration.Text("effect") is { Length: > 0 } effect && effect != taint.Text("effect"))
        {
            return false;
        }
        var exists = toleration.Text("operator") == "Exists";
        if (toleration.Text("key") is not { Length: > 0 } key)
        {
            return exists;
        }
        return key == taint.Text("key") && (exists || (toleration.Text("value") ?? "") == (taint.Text("value") ?? ""));
    }
}
