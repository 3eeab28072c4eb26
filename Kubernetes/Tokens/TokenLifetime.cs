using System.Buffers.Text;
using System.Text.Json;

namespace Mesh.Kubernetes.Tokens;

/// <summary>From when and until when a token is good, by the clock of who issued it.</summary>
/// <param name="Issued">When it was issued.</param>
/// <param name="Expires">From when on it is refused.</param>
public readonly record struct TokenLifetime(DateTimeOffset Issued, DateTimeOffset Expires)
{
    public TimeSpan Length => Expires - Issued;

    /// <summary>Reads a JSON web token (RFC 7519) without checking it: who issued it does that.</summary>
    /// <returns>Null when it is something else, or does not say.</returns>
    public static TokenLifetime? Read(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3)
        {
            return null;
        }
        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            return Time(claims.RootElement, "iat") is { } issued && Time(claims.RootElement, "exp") is { } expires && expires > issued
                ? new(issued, expires)
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    // NumericDate: seconds, possibly with a fraction (RFC 7519, section 2).
    private static DateTimeOffset? Time(JsonElement claims, string name) =>
        claims.ValueKind == JsonValueKind.Object && claims.TryGetProperty(name, out var claim) && claim.ValueKind == JsonValueKind.Number
        && claim.TryGetDouble(out var seconds) && seconds is > 0 and < 253402300800
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;
}
