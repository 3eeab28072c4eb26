using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;
using Mesh.Interfaces.Viz;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Tokens;

namespace Mesh.Cli.Viz;

/// <summary>
/// Asks a silo, through the API server's service proxy, with a token for the account <c>mesh-viz</c>: whoever may make such a token may read
/// traffic.
/// </summary>
internal sealed class VizClient(KubernetesClient kubernetes, string meshNamespace)
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(15);
    private string? _token;

    public Task<IReadOnlyList<VizStatRow>> StatAsync(VizQuery query, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<VizStatRow>>($"stat{query.Parameters}", cancellationToken);

    public Task<IReadOnlyList<VizAuthzRow>> AuthzAsync(VizQuery query, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<VizAuthzRow>>($"authz{query.Parameters}", cancellationToken);

    public Task<MeshStatus> StatusAsync(CancellationToken cancellationToken) => GetAsync<MeshStatus>("status", cancellationToken);

    /// <summary>The token that the questions are asked with.</summary>
    /// <exception cref="CommandFailedException">The mesh is not installed.</exception>
    public async Task<string> TokenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return _token ??= await kubernetes.CreateTokenAsync(
                meshNamespace, MeshNames.Viz, MeshNames.Viz, TokenLifetime, cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            throw new CommandFailedException(
                $"The mesh is not installed here: there is no service account {meshNamespace}/{MeshNames.Viz}. Run `mesh install`, or check --context and -L.", e);
        }
    }

    private async Task<T> GetAsync<T>(string question, CancellationToken cancellationToken)
    {
        var token = await TokenAsync(cancellationToken);
        var path = $"api/v1/namespaces/{meshNamespace}/services/{MeshNames.Viz}:{MeshNames.VizPort}/proxy/api/v1/{question}";
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Mesh-Authorization", $"Bearer {token}");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerTime);
        try
        {
            using var response = await kubernetes.Http.SendAsync(request, limit.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw Failure(response.StatusCode, await response.Content.ReadAsStringAsync(limit.Token));
            }
            return await response.Content.ReadFromJsonAsync<T>(limit.Token) ?? throw new JsonException("The answer is null.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailedException($"No silo answered within {AnswerTime.TotalSeconds:0} s. Run `mesh check`.");
        }
        catch (JsonException e)
        {
            throw new CommandFailedException(
                $"A silo's answer cannot be read ({e.Message}). Are this program and the control plane of the same version? See `mesh version`.", e);
        }
    }

    private CommandFailedException Failure(HttpStatusCode status, string body)
    {
        var said = Said(body);
        return status switch
        {
            HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout =>
                new CommandFailedException($"No silo can be asked just now: {said} Run `mesh check`."),
            HttpStatusCode.NotFound => new CommandFailedException(
                $"The API server does not find the service {meshNamespace}/{MeshNames.Viz}, or a silo not what it was asked for: {said}"),
            _ => new CommandFailedException(said),
        };
    }

    /// <summary>What a Status object, problem details or plain text say, as one sentence.</summary>
    private static string Said(string body)
    {
        try
        {
            var json = JsonNode.Parse(body) as JsonObject;
            body = (json?["detail"] ?? json?["message"] ?? json?["title"])?.ToString() ?? body;
        }
        catch (JsonException)
        {
            // Plain text, then.
        }
        body = body.Trim();
        return body.Length == 0 ? "(no reason given)." : body.EndsWith('.') ? body : body + ".";
    }
}
