using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Kubernetes.Serialization;

/// <summary>Writes JSON nodes as YAML in block style, as kubectl prints it: lists not indented under their key, text quoted only where needed.</summary>
internal static class YamlWriter
{
    public static void Write(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } mapping:
                Mapping(text, mapping, 0);
                break;
            case JsonArray { Count: > 0 } list:
                List(text, list, 0);
                break;
            default:
                Scalar(text, node, 0);
                break;
        }
    }

    private static void Mapping(StringBuilder text, JsonObject mapping, int indent, bool firstIsIndented = false)
    {
        foreach (var (key, value) in mapping)
        {
            if (!firstIsIndented)
            {
                text.Append(' ', indent);
            }
            firstIsIndented = false;
            text.Append(Text(key)).Append(':');
            switch (value)
            {
                case JsonObject { Count: > 0 } inner:
                    text.Append('\n');
                    Mapping(text, inner, indent + 2);
                    break;
                case JsonArray { Count: > 0 } list:
                    text.Append('\n');
                    List(text, list, indent);
                    break;
                default:
                    text.Append(' ');
                    Scalar(text, value, indent + 2);
                    break;
            }
        }
    }

    private static void List(StringBuilder text, JsonArray list, int indent)
    {
        foreach (var item in list)
        {
            text.Append(' ', indent).Append('-').Append(' ');
            switch (item)
            {
                case JsonObject { Count: > 0 } inner:
                    Mapping(text, inner, indent + 2, firstIsIndented: true);
                    break;
                case JsonArray { Count: > 0 } inner:
                    text.Length--;
                    text.Append('\n');
                    List(text, inner, indent + 2);
                    break;
                default:
                    Scalar(text, item, indent + 2);
                    break;
            }
        }
    }

    private static void Scalar(StringBuilder text, JsonNode? node, int indent)
    {
        switch (node)
        {
            case null:
                text.Append("null\n");
                break;
            case JsonObject:
                text.Append("{}\n");
                break;
            case JsonArray:
                text.Append("[]\n");
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                String(text, value.GetValue<string>(), indent);
                break;
            default:
                text.Append(node.ToJsonString()).Append('\n');
                break;
        }
    }

    private static void String(StringBuilder text, string value, int indent)
    {
        if (!IsBlock(value))
        {
            text.Append(Text(value)).Append('\n');
            return;
        }
        text.Append('|').Append(value.EndsWith('\n') ? "" : "-").Append('\n');
        foreach (var line in value.TrimEnd('\n').Split('\n'))
        {
            text.Append(' ', line.Length == 0 ? 0 : indent).Append(line).Append('\n');
        }
    }

    /// <summary>Several ordinary lines, such as a certificate: written as a literal block.</summary>
    private static bool IsBlock(string value) =>
        value.AsSpan().TrimEnd('\n').Contains('\n')
        && !value.EndsWith("\n\n", StringComparison.Ordinal)
        && !value.StartsWith('\n')
        && !value.StartsWith(' ')
        && !value.Any(c => char.IsControl(c) && c != '\n')
        && !value.Split('\n').Any(l => l.EndsWith(' '));

    private static string Text(string value)
    {
        if (IsPlain(value))
        {
            return value;
        }
        var printable = !value.Any(char.IsControl);
        return printable && !value.Contains('\'')
            ? $"'{value}'"
            : JsonSerializer.Serialize(value, KubernetesJson.Options);
    }

    private static bool IsPlain(string value) =>
        value.Length > 0
        && !value.Any(char.IsControl)
        && !"-?:,[]{}#&*!|>'\"%@` =".Contains(value[0])
        && !value.EndsWith(' ')
        && !value.EndsWith(':')
        && !value.Contains(": ", StringComparison.Ordinal)
        && !value.Contains(" #", StringComparison.Ordinal)
        && !YamlTimestamp(value)
        && YamlConversion.IsPlainText(value);

    // Other YAML readers take 2026-01-01 for a date.
    private static bool YamlTimestamp(string value) => value.Length >= 8 && value.AsSpan(0, 4).IndexOfAnyExceptInRange('0', '9') < 0 && value[4] == '-';
}
