using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Mesh.Grains.Viz;

namespace Mesh.Silo.Viz;

/// <summary>What a request asks for: resources, and how far to look back.</summary>
internal sealed record VizRequest(VizQuery Query, TimeSpan Window)
{
    // ITrafficGrain's bounds.
    private const int ShortestWindow = 15;
    private const int LongestWindow = 600;
    private const int DefaultWindow = 60;

    /// <summary>Reads <c>?namespace=&amp;kind=&amp;name=&amp;window=</c>; a parameter that is missing has its default.</summary>
    public static bool TryParse(
        IQueryCollection query, [NotNullWhen(true)] out VizRequest? request, [NotNullWhen(false)] out VizRefusal? refusal)
    {
        (request, refusal) = (null, null);
        var text = (string?)query["kind"] is { Length: > 0 } given ? given : "deployment";
        if (!VizKinds.TryParse(text, out var kind))
        {
            refusal = new VizRefusal(
                400, "Unknown kind",
                $"There are no statistics for kind '{text}', only for deployment, statefulset, daemonset, replicaset, job, pod and "
                    + "namespace.");
            return false;
        }
        var seconds = DefaultWindow;
        if ((string?)query["window"] is { Length: > 0 } window
            && (!int.TryParse(window, NumberStyles.None, CultureInfo.InvariantCulture, out seconds)
                || seconds is < ShortestWindow or > LongestWindow))
        {
            refusal = new VizRefusal(
                400, "Bad window", $"The window '{window}' is not a number of seconds from {ShortestWindow} to {LongestWindow}.");
            return false;
        }
        var parsed = new VizQuery((string?)query["namespace"] ?? "", kind, (string?)query["name"] ?? "");
        request = new VizRequest(parsed, TimeSpan.FromSeconds(seconds));
        return true;
    }
}
