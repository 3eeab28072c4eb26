using System.Text.RegularExpressions;

namespace Mesh.Sandbox.Api.Validation;

/// <summary>The forms of names Kubernetes knows, and its words for what is wrong with one.</summary>
internal static partial class Names
{
    private const string SubdomainHint =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string LabelHint =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
        + "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string ServiceHint =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
        + "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    private const string LabelValueHint =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
        + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string QualifiedHint =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
        + "'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    /// <summary>What is wrong with an object's name; null when nothing is.</summary>
    public static string? Check(string resource, string name) => resource switch
    {
        "namespaces" => CheckLabel(name),
        "services" => name.Length > 63 ? TooLong(63) : ServiceForm().IsMatch(name) ? null : ServiceHint,
        _ when resource.EndsWith(".rbac.authorization.k8s.io", StringComparison.Ordinal) => CheckPathSegment(name),
        _ => CheckSubdomain(name),
    };

    public static string? CheckLabel(string name) => name.Length > 63 ? TooLong(63) : LabelForm().IsMatch(name) ? null : LabelHint;

    public static string? CheckSubdomain(string name) =>
        name.Length > 253 ? TooLong(253) : SubdomainForm().IsMatch(name) ? null : SubdomainHint;

    public static string? CheckLabelValue(string value) =>
        value.Length > 63 ? TooLong(63) : LabelValueForm().IsMatch(value) ? null : LabelValueHint;

    /// <summary>A key of a label or annotation: an optional DNS prefix and a name.</summary>
    public static string? CheckQualified(string key)
    {
        var slash = key.IndexOf('/');
        var name = key[(slash + 1)..];
        if (slash == 0)
        {
            return "prefix part must be non-empty";
        }
        if (slash > 0 && CheckSubdomain(key[..slash]) is { } wrong)
        {
            return $"prefix part {wrong}";
        }
        return name.Length == 0 ? "name part must be non-empty"
            : name.Length > 63 ? $"name part {TooLong(63)}"
            : QualifiedForm().IsMatch(name) ? null : QualifiedHint;
    }

    private static string? CheckPathSegment(string name) =>
        name is "." or ".." ? $"may not be '{name}'" : name.Contains('/') ? "may not contain '/'" : name.Contains('%') ? "may not contain '%'" : null;

    private static string TooLong(int limit) => $"must be no more than {limit} characters";

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex LabelForm();

    [GeneratedRegex(@"^[a-z]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex ServiceForm();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex SubdomainForm();

    [GeneratedRegex(@"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\z")]
    private static partial Regex LabelValueForm();

    [GeneratedRegex(@"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z")]
    private static partial Regex QualifiedForm();
}
