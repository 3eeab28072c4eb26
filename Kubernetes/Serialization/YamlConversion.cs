using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Mesh.Kubernetes.Serialization;

/// <summary>YAML nodes as JSON nodes. What a plain scalar means follows YAML 1.1, as in kubectl.</summary>
internal static partial class YamlConversion
{
    // A few lines of aliases can stand for more nodes than memory holds.
    private const int MostNodes = 1_000_000;

    public static JsonNode? ToJson(YamlNode node)
    {
        var left = MostNodes;
        return Convert(node, ref left);
    }

    /// <summary>Whether a plain scalar would be read as something other than this very text.</summary>
    public static bool IsPlainText(string text) => Scalar(text) is JsonValue value && value.TryGetValue<string>(out var read) && read == text;

    private static JsonNode? Convert(YamlNode node, ref int left)
    {
        if (--left < 0)
        {
            throw new FormatException($"more than {MostNodes} values once its aliases are resolved");
        }
        switch (node)
        {
            case YamlMappingNode mapping:
                var result = new JsonObject();
                Add(mapping, result, ref left);
                return result;
            case YamlSequenceNode sequence:
                var list = new JsonArray();
                foreach (var child in sequence.Children)
                {
                    list.Add(Convert(child, ref left));
                }
                return list;
            case YamlScalarNode { Style: ScalarStyle.Plain or ScalarStyle.Any } scalar when scalar.Tag.IsEmpty:
                return Scalar(scalar.Value ?? "");
            case YamlScalarNode scalar:
                return JsonValue.Create(scalar.Value ?? "");
            default:
                throw new FormatException($"an unexpected YAML node at line {node.Start.Line}");
        }
    }

    private static void Add(YamlMappingNode mapping, JsonObject to, ref int left)
    {
        foreach (var (key, value) in mapping.Children)
        {
            if (key is not YamlScalarNode { Value: { } name })
            {
                throw new FormatException($"a mapping key at line {key.Start.Line} is not a scalar");
            }
            if (name == "<<" && value is YamlMappingNode merged)
            {
                var inherited = new JsonObject();
                Add(merged, inherited, ref left);
                foreach (var (field, content) in inherited)
                {
                    if (!to.ContainsKey(field) && !mapping.Children.Keys.Any(k => k is YamlScalarNode { Value: { } own } && own == field))
                    {
                        to[field] = content?.DeepClone();
                    }
                }
                continue;
            }
            to[name] = Convert(value, ref left);
        }
    }

    private static JsonNode? Scalar(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON":
                return JsonValue.Create(true);
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF":
                return JsonValue.Create(false);
        }
        if (!(char.IsAsciiDigit(text[0]) || text[0] is '-' or '+' or '.'))
        {
            return JsonValue.Create(text);
        }
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        if (Octal().IsMatch(digits))
        {
            return TryRadix(digits.Replace("o", "", StringComparison.Ordinal), 8) ?? JsonValue.Create(text);
        }
        if (Hexadecimal().IsMatch(digits))
        {
            return TryRadix(digits.Replace("0x", "", StringComparison.Ordinal), 16) ?? JsonValue.Create(text);
        }
        if (Integer().IsMatch(digits) && long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return Literal(number.ToString(CultureInfo.InvariantCulture));
        }
        if (Number().IsMatch(digits) && double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var real)
            && double.IsFinite(real))
        {
            return Literal(real.ToString("R", CultureInfo.InvariantCulture));
        }
        return JsonValue.Create(text);
    }

    // A parsed number can be read back as any numeric type that holds it; one made from a long only as a long.
    private static JsonNode? Literal(string number) => JsonNode.Parse(number);

    private static JsonNode? TryRadix(string digits, int radix)
    {
        try
        {
            var negative = digits.StartsWith('-');
            var value = System.Convert.ToInt64(digits.TrimStart('-', '+'), radix);
            return Literal((negative ? -value : value).ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is OverflowException or FormatException)
        {
            return null;
        }
    }

    [GeneratedRegex("^[-+]?0o?[0-7]+$")]
    private static partial Regex Octal();

    [GeneratedRegex("^[-+]?0x[0-9a-fA-F]+$")]
    private static partial Regex Hexadecimal();

    [GeneratedRegex("^[-+]?(0|[1-9][0-9]*)$")]
    private static partial Regex Integer();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Number();
}
