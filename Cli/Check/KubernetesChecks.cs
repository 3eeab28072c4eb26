using System.Globalization;
using System.Text.Json.Nodes;

namespace Mesh.Cli.Check;

/// <summary>Whether the cluster can be asked at all, and is new enough.</summary>
internal static class KubernetesChecks
{
    private static readonly (int Major, int Minor) Oldest = (1, 20);

    public static IReadOnlyList<CheckCategory> Create(CheckTarget target) =>
    [
        new("kubernetes-api",
        [
            new CheckItem(
                "can initialize the client",
                "choose a context with --context or a file with --kubeconfig; `kubectl config get-contexts` lists them",
                _ => Task.FromResult(target.Kubernetes)) { Fatal = true },
            new CheckItem(
                "can query the Kubernetes API",
                "see whether `kubectl version` gets an answer with the same context",
                cancellationToken => VersionAsync(target, cancellationToken)) { Fatal = true },
        ]),
        new("kubernetes-version",
        [
            new CheckItem(
                "is running the minimum Kubernetes API version",
                $"upgrade the cluster to Kubernetes {Oldest.Major}.{Oldest.Minor} or newer",
                async cancellationToken =>
                {
                    var version = await VersionAsync(target, cancellationToken);
                    if (Number(version?["major"]) is { } major && Number(version?["minor"]) is { } minor
                        && (major < Oldest.Major || (major == Oldest.Major && minor < Oldest.Minor)))
                    {
                        throw new CheckFailedException($"Kubernetes is on version {major}.{minor}, but {Oldest.Major}.{Oldest.Minor} or newer is required");
                    }
                }),
        ]),
    ];

    private static Task<JsonNode?> VersionAsync(CheckTarget target, CancellationToken cancellationToken) =>
        target.Kubernetes.SendJsonAsync(HttpMethod.Get, "/version", null, cancellationToken);

    // Some distributions write the minor version as "28+".
    private static int? Number(JsonNode? node) =>
        int.TryParse(node?.ToString().TrimEnd('+'), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
