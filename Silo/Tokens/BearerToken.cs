using System.Diagnostics.CodeAnalysis;

namespace Mesh.Silo.Tokens;

/// <summary>Reads <c>Bearer …</c> out of a header (RFC 6750, 2.1).</summary>
internal static class BearerToken
{
    // Service-account tokens have about 1 KiB.
    private const int MaxLength = 16 * 1024;

    public static bool TryRead(HttpRequest request, string header, [NotNullWhen(true)] out string? token)
    {
        token = null;
        const string Scheme = "Bearer ";
        var values = request.Headers[header];
        if (values.Count != 1 || values[0] is not { Length: <= MaxLength } value
            || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }
        token = value[Scheme.Length..].Trim();
        return token.Length > 0;
    }
}
