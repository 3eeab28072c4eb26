using System.Net;

namespace Mesh.Silo.ClusterState.Mapping;

/// <summary>IP addresses as text that can be compared: an IPv6 address may be written in many ways and means the same.</summary>
internal static class IpText
{
    /// <returns>The form of https://www.rfc-editor.org/rfc/rfc5952; the text itself when it is no IPv6 address.</returns>
    public static string Canonical(string text) =>
        text.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(text, out var address) ? address.ToString() : text;
}
