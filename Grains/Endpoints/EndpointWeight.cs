using System.Globalization;
using Mesh.Grains.Observed;

namespace Mesh.Grains.Endpoints;

/// <summary>How large a share of a service's requests a pod is to have.</summary>
internal static class EndpointWeight
{
    private const int Most = 10_000;

    /// <returns>1 to 10000 in per cent of a usual endpoint's share; 0 when the pod does not say, or says something else.</returns>
    public static int Of(ObservedPod pod) =>
        pod.Annotations.TryGetValue(MeshAnnotations.Weight, out var text) && TryParse(text, out var weight) ? weight : 0;

    public static bool TryParse(string text, out int weight) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out weight) && weight is >= 1 and <= Most;
}
