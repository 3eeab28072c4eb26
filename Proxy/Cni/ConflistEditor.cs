using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Proxy.Cni;

/// <summary>Puts the plugin into a CNI network configuration, or takes it out, and leaves everything else as it was.</summary>
internal static class ConflistEditor
{
    /// <summary>The plugin's type, which is the name of its executable.</summary>
    public const string PluginType = "mesh-cni";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <param name="text">A <c>.conflist</c>, or a single plugin's <c>.conf</c>, which becomes a list.</param>
    /// <param name="socket">The node proxy's socket.</param>
    /// <param name="excludedNamespaces">Whose pods are not handed over.</param>
    /// <returns>The new text, or null when it says all that already.</returns>
    /// <exception cref="FormatException">It is no network configuration.</exception>
    public static string? Insert(string text, string socket, IReadOnlyList<string> excludedNamespaces)
    {
        var list = Parse(text);
        var changed = false;
        if (list["plugins"] is null)
        {
            list = ToList(list);
            changed = true;
        }
        if (list["plugins"] is not JsonArray { Count: > 0 } plugins)
        {
            throw new FormatException("it has no plugins");
        }
        var ours = new JsonObject
        {
            ["type"] = PluginType,
            ["socket"] = socket,
            ["excludeNamespaces"] = new JsonArray([.. excludedNamespaces.Select(name => (JsonNode)name)]),
        };
        // Last: the pod's network must be complete before it is handed over.
        if (IsOurs(plugins[^1]) && JsonNode.DeepEquals(plugins[^1], ours) && plugins.Count(IsOurs) == 1)
        {
            return changed ? list.ToJsonString(Indented) + "\n" : null;
        }
        TakeOut(plugins);
        plugins.Add(ours);
        return list.ToJsonString(Indented) + "\n";
    }

    /// <returns>The text without the plugin, or null when it is not in it.</returns>
    /// <exception cref="FormatException">It is no network configuration.</exception>
    public static string? Remove(string text)
    {
        var list = Parse(text);
        return list["plugins"] is JsonArray plugins && TakeOut(plugins) ? list.ToJsonString(Indented) + "\n" : null;
    }

    private static JsonObject Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new FormatException("it is not a JSON object");
        }
        catch (JsonException malformed)
        {
            throw new FormatException($"it is not JSON: {malformed.Message}");
        }
    }

    private static JsonObject ToList(JsonObject plugin)
    {
        if (plugin["type"] is null)
        {
            throw new FormatException("it has neither plugins nor a type");
        }
        var list = new JsonObject();
        foreach (var name in (string[])["cniVersion", "name"])
        {
            if (plugin[name] is { } value)
            {
                list[name] = value.DeepClone();
                plugin.Remove(name);
            }
        }
        list["plugins"] = new JsonArray(plugin);
        return list;
    }

    private static bool TakeOut(JsonArray plugins)
    {
        var ours = plugins.Where(IsOurs).ToList();
        foreach (var plugin in ours)
        {
            plugins.Remove(plugin);
        }
        return ours.Count > 0;
    }

    private static bool IsOurs(JsonNode? plugin) =>
        plugin is JsonObject && plugin["type"] is JsonValue type && type.TryGetValue<string>(out var name) && name == PluginType;
}
