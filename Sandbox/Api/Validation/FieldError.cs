namespace Mesh.Sandbox.Api.Validation;

/// <summary>One field of an object that is wrong, in Kubernetes' words.</summary>
/// <param name="Reason">Such as <c>FieldValueRequired</c>.</param>
/// <param name="Field">Path of the field, such as <c>spec.ports[0].port</c>.</param>
/// <param name="Message">What is wrong, without the path.</param>
internal sealed record FieldError(string Reason, string Field, string Message)
{
    public static FieldError Required(string field, string detail = "") =>
        new("FieldValueRequired", field, detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    public static FieldError Invalid(string field, object? value, string detail) =>
        new("FieldValueInvalid", field, $"Invalid value: {Show(value)}: {detail}");

    public static FieldError NotSupported(string field, object? value, IEnumerable<string> supported) =>
        new("FieldValueNotSupported", field,
            $"Unsupported value: {Show(value)}: supported values: {string.Join(", ", supported.Select(s => $"\"{s}\""))}");

    public static FieldError Type(string field, string value, string expected) =>
        new("FieldValueTypeInvalid", field, $"Invalid value: \"{value}\": {field} in body must be of type {expected}: \"{value}\"");

    public static FieldError Forbidden(string field, string detail) => new("FieldValueForbidden", field, $"Forbidden: {detail}");

    public static FieldError Duplicate(string field, object? value) =>
        new("FieldValueDuplicate", field, $"Duplicate value: {Show(value)}");

    public override string ToString() => Field.Length == 0 ? Message : $"{Field}: {Message}";

    private static string Show(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        _ => value.ToString() ?? "",
    };
}
