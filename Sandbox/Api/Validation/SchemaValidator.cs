using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Validation;

/// <summary>
/// Validates an object against an OpenAPI v3 schema, with the words Kubernetes uses. Covers what structural schemas can say except
/// CEL rules (<c>x-kubernetes-validations</c>), which are not evaluated.
/// </summary>
internal sealed class SchemaValidator
{
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);

    private readonly List<FieldError> _errors = [];

    public List<FieldError> Validate(JsonObject schema, JsonNode item)
    {
        Check(schema, item, "");
        return _errors;
    }

    private static bool Fits(JsonObject schema, JsonNode? node) => new SchemaValidator().Run(schema, node);

    private bool Run(JsonObject schema, JsonNode? node)
    {
        Check(schema, node, "");
        return _errors.Count == 0;
    }

    private void Check(JsonObject schema, JsonNode? node, string path)
    {
        if (node is null)
        {
            // Pruned like an absent value unless the schema says null is one.
            if (schema.Flag("nullable") != true && schema.Text("type") is { } wanted)
            {
                _errors.Add(FieldError.Type(path, "null", wanted));
            }
            return;
        }
        if (!CheckType(schema, node, path))
        {
            return;
        }
        CheckEnum(schema, node, path);
        switch (node)
        {
            case JsonObject map:
                CheckObject(schema, map, path);
                break;
            case JsonArray list:
                CheckArray(schema, list, path);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                CheckText(schema, value.Text()!, path);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.Number:
                CheckNumber(schema, Number(value), path);
                break;
        }
        CheckCombinations(schema, node, path);
    }

    private bool CheckType(JsonObject schema, JsonNode node, string path)
    {
        var kind = node.GetValueKind();
        if (schema.Flag("x-kubernetes-int-or-string") == true)
        {
            if (kind == JsonValueKind.String || (kind == JsonValueKind.Number && IsInteger(node)))
            {
                return true;
            }
            _errors.Add(FieldError.Type(path, Name(node), "integer,string"));
            return false;
        }
        if (schema.Text("type") is not { } wanted)
        {
            return true;
        }
        var fits = wanted switch
        {
            "object" => kind == JsonValueKind.Object,
            "array" => kind == JsonValueKind.Array,
            "string" => kind == JsonValueKind.String,
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
            "integer" => kind == JsonValueKind.Number && IsInteger(node),
            "number" => kind == JsonValueKind.Number,
            _ => true,
        };
        if (!fits)
        {
            _errors.Add(FieldError.Type(path, Name(node), wanted));
        }
        return fits;
    }

    private void CheckEnum(JsonObject schema, JsonNode node, string path)
    {
        if (schema.Sequence("enum") is { } allowed && !allowed.Any(value => JsonNode.DeepEquals(value, node)))
        {
            _errors.Add(FieldError.NotSupported(path, node.Text() ?? node.ToJsonString(), allowed.Select(v => v.Text() ?? v?.ToJsonString() ?? "null")));
        }
    }

    private void CheckObject(JsonObject schema, JsonObject map, string path)
    {
        foreach (var required in schema.Texts("required"))
        {
            if (!map.ContainsKey(required))
            {
                _errors.Add(FieldError.Required(Join(path, required)));
            }
        }
        if (schema.Integer("minProperties") is { } least && map.Count < least)
        {
            _errors.Add(FieldError.Invalid(path, map.Count, $"{path} in body should have at least {least} properties"));
        }
        if (schema.Integer("maxProperties") is { } most && map.Count > most)
        {
            _errors.Add(new("FieldValueTooMany", path, $"Too many: {map.Count}: must have at most {most} items"));
        }
        var properties = schema.Map("properties");
        var additional = schema.Map("additionalProperties");
        foreach (var (key, value) in map)
        {
            if (path.Length == 0 && key is ("metadata" or "apiVersion" or "kind"))
            {
                continue;
            }
            if ((properties.Map(key) ?? additional) is { } known)
            {
                Check(known, value, Join(path, key));
            }
        }
    }

    private void CheckArray(JsonObject schema, JsonArray list, string path)
    {
        if (schema.Integer("minItems") is { } least && list.Count < least)
        {
            _errors.Add(FieldError.Invalid(path, list.Count, $"{path} in body should have at least {least} items"));
        }
        if (schema.Integer("maxItems") is { } most && list.Count > most)
        {
            _errors.Add(new("FieldValueTooMany", path, $"Too many: {list.Count}: must have at most {most} items"));
        }
        if (schema.Map("items") is { } items)
        {
            for (var i = 0; i < list.Count; i++)
            {
                Check(items, list[i], $"{path}[{i}]");
            }
        }
        var keys = schema.Texts("x-kubernetes-list-map-keys").ToList();
        var isSet = schema.Text("x-kubernetes-list-type") == "set" || schema.Flag("uniqueItems") == true;
        if (keys.Count > 0 || isSet)
        {
            var seen = new HashSet<string>();
            for (var i = 0; i < list.Count; i++)
            {
                var identity = isSet ? list[i]?.ToJsonString() ?? "null" : string.Join('\n', keys.Select(k => list[i]
                    .At(k)?.ToJsonString()));
                if (!seen.Add(identity))
                {
                    _errors.Add(new("FieldValueDuplicate", $"{path}[{i}]", $"Duplicate value: {list[i]?.ToJsonString()}"));
                }
            }
        }
    }

    private void CheckText(JsonObject schema, string text, string path)
    {
        if (schema.Integer("minLength") is { } least && text.Length < least)
        {
            _errors.Add(FieldError.Invalid(path, text, $"{path} in body should be at least {least} chars long"));
        }
        if (schema.Integer("maxLength") is { } most && text.Length > most)
        {
            _errors.Add(new("FieldValueTooLong", path, $"Too long: may not be more than {most} bytes"));
        }
        if (schema.Text("pattern") is { } pattern && !Regex.IsMatch(text, pattern, RegexOptions.None, PatternTimeout))
        {
            _errors.Add(FieldError.Invalid(path, text, $"{path} in body should match '{pattern}'"));
        }
        if (schema.Text("format") is { } format && !FitsFormat(format, text))
        {
            _errors.Add(FieldError.Invalid(path, text, $"{path} in body must be of type {format}: \"{text}\""));
        }
    }

    private static bool FitsFormat(string format, string text) => format switch
    {
        "date-time" => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
        "cidr" => IPNetwork.TryParse(text, out _),
        "ipv4" => IPAddress.TryParse(text, out var v4) && v4.GetAddressBytes().Length == 4 && text.Count(c => c == '.') == 3,
        "ipv6" => IPAddress.TryParse(text, out var v6) && v6.GetAddressBytes().Length == 16,
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "uuid" => Guid.TryParse(text, out _),
        _ => true,
    };

    private void CheckNumber(JsonObject schema, double number, string path)
    {
        if (schema["minimum"] is JsonValue minimum)
        {
            var (limit, exclusive) = (Number(minimum), schema.Flag("exclusiveMinimum") == true);
            if (number < limit || (exclusive && number == limit))
            {
                _errors.Add(FieldError.Invalid(path, number, $"{path} in body should be greater than {(exclusive ? "" : "or equal to ")}{limit}"));
            }
        }
        if (schema["maximum"] is JsonValue maximum)
        {
            var (limit, exclusive) = (Number(maximum), schema.Flag("exclusiveMaximum") == true);
            if (number > limit || (exclusive && number == limit))
            {
                _errors.Add(FieldError.Invalid(path, number, $"{path} in body should be less than {(exclusive ? "" : "or equal to ")}{limit}"));
            }
        }
        if (schema["multipleOf"] is JsonValue factor && number % Number(factor) != 0)
        {
            _errors.Add(FieldError.Invalid(path, number, $"{path} in body should be a multiple of {Number(factor)}"));
        }
    }

    private void CheckCombinations(JsonObject schema, JsonNode node, string path)
    {
        foreach (var part in schema.Objects("allOf"))
        {
            Check(part, node, path);
        }
        if (schema.Sequence("anyOf") is not null && !schema.Objects("anyOf").Any(part => Fits(part, node)))
        {
            _errors.Add(FieldError.Invalid(path, Name(node), $"{path} in body must validate at least one schema (anyOf)"));
        }
        if (schema.Sequence("oneOf") is not null)
        {
            var fitting = schema.Objects("oneOf").Count(part => Fits(part, node));
            if (fitting != 1)
            {
                _errors.Add(FieldError.Invalid(path, Name(node),
                    $"{path} in body must validate one and only one schema (oneOf). Found {(fitting == 0 ? "none" : fitting)} valid"));
            }
        }
        if (schema.Map("not") is { } not && Fits(not, node))
        {
            _errors.Add(FieldError.Invalid(path, Name(node), $"{path} in body must not validate the schema (not)"));
        }
    }

    private static string Join(string path, string field) => path.Length == 0 ? field : $"{path}.{field}";

    private static double Number(JsonValue value) =>
        value.TryGetValue(out double number) ? number
        : value.TryGetValue(out long integer) ? integer
        : value.TryGetValue(out int small) ? small : double.NaN;

    private static bool IsInteger(JsonNode node) => node is JsonValue value && Number(value) is var number && number == Math.Floor(number);

    private static string Name(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.Number => IsInteger(node) ? "integer" : "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Array => "array",
        JsonValueKind.Object => "object",
        _ => "null",
    };
}
