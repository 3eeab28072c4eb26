namespace Mesh.Cli.Identity;

/// <summary>Names that may appear in DNS and in Kubernetes (RFC 1123 labels).</summary>
internal static class DnsLabel
{
    public const string Rule = "it must be 1 to 63 lower-case letters, digits and dashes, and begin and end with a letter or digit";

    public static bool IsValid(string text) =>
        text.Length is > 0 and <= 63
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        && text[0] != '-' && text[^1] != '-';
}
