using System.Text.Json.Nodes;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Sandbox.Node;

/// <summary>Gets service-account tokens bound to a pod from the API server.</summary>
internal sealed class ServiceAccountTokens(KubernetesClient client, TimeProvider time)
{
    private const long DefaultExpiration = 3600;

    /// <summary>The token, and when to fetch the next one: at 80 % of its life, as a kubelet does.</summary>
    public async Task<(string Token, DateTimeOffset Renew)> RequestAsync(
        Pod pod, ServiceAccountTokenProjection projection, CancellationToken cancellationToken)
    {
        var account = pod.Spec.ServiceAccountName ?? "default";
        var seconds = projection.ExpirationSeconds ?? DefaultExpiration;
        var request = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenRequest",
            ["spec"] = new JsonObject
            {
                ["audiences"] = projection.Audience is { Length: > 0 } audience ? new JsonArray(audience) : [],
                ["expirationSeconds"] = seconds,
                ["boundObjectRef"] = new JsonObject
                {
                    ["apiVersion"] = "v1",
                    ["kind"] = "Pod",
                    ["name"] = pod.Metadata.Name,
                    ["uid"] = pod.Metadata.Uid,
                },
            },
        };
        var answer = await client.SendJsonAsync(
            HttpMethod.Post, $"/api/v1/namespaces/{pod.Metadata.Namespace}/serviceaccounts/{account}/token", request, cancellationToken);
        var token = (string?)answer?["status"]?["token"]
            ?? throw new ContainerConfigException($"the API server gave no token for service account \"{account}\"");
        return (token, time.GetUtcNow() + TimeSpan.FromSeconds(seconds * 0.8));
    }
}
