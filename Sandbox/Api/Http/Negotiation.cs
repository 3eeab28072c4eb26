using Microsoft.AspNetCore.Http;

namespace Mesh.Sandbox.Api.Http;

/// <summary>Chooses among what the Accept header lists, in the client's order.</summary>
internal static class Negotiation
{
    /// <exception cref="ApiException">406: nothing the client takes is offered, such as protobuf alone.</exception>
    public static ResponseForm FormOf(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        if (accept.Length == 0)
        {
            return ResponseForm.Json;
        }
        foreach (var entry in accept.Split(',', StringSplitOptions.TrimEntries))
        {
            var parts = entry.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0] is not ("application/json" or "application/*" or "*/*" or "application/yaml"))
            {
                continue;
            }
            switch (parts.FirstOrDefault(p => p.StartsWith("as=", StringComparison.Ordinal)))
            {
                case null:
                    return ResponseForm.Json;
                case "as=Table":
                    return ResponseForm.Table;
                case "as=PartialObjectMetadata" or "as=PartialObjectMetadataList":
                    return ResponseForm.PartialMetadata;
            }
        }
        throw ApiErrors.NotAcceptable("application/json", "application/json;as=Table;v=v1;g=meta.k8s.io");
    }

    /// <summary>The aggregated discovery version the client prefers, <c>v2</c> or <c>v2beta1</c>; null for the plain form.</summary>
    public static string? AggregatedDiscovery(HttpRequest request)
    {
        foreach (var entry in request.Headers.Accept.ToString().Split(',', StringSplitOptions.TrimEntries))
        {
            if (entry.Contains("as=APIGroupDiscoveryList", StringComparison.Ordinal))
            {
                return entry.Contains("v=v2beta1", StringComparison.Ordinal) ? "v2beta1" : "v2";
            }
            if (entry.StartsWith("application/json", StringComparison.Ordinal))
            {
                return null;
            }
        }
        return null;
    }
}
