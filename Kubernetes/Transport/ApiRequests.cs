using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Kubernetes.Serialization;

namespace Mesh.Kubernetes.Transport;

/// <summary>
/// Sends requests and turns answers other than 2xx into <see cref="KubernetesException"/>. A request that the server turns away because it is
/// busy (429, not begun) is sent again a few times.
/// </summary>
internal sealed class ApiRequests(HttpClient http, TimeProvider time)
{
    private const int Attempts = 4;
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromSeconds(10);

    /// <exception cref="KubernetesException">The server answered with an error.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached, or breaks off.</exception>
    /// <exception cref="TimeoutException">No answer within 30 seconds.</exception>
    public async Task<JsonDocument?> SendAsync(
        HttpMethod method, string path, object? body, string? contentType, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(RequestTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var response = await OpenAsync(method, path, body, contentType, linked.Token);
            await using var stream = await response.Content.ReadAsStreamAsync(linked.Token);
            return await ParseAsync(response, stream, linked.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The API server {http.BaseAddress} did not answer {method} {path} within {RequestTimeout.TotalSeconds:0} s.");
        }
        catch (IOException e)
        {
            throw new HttpRequestException($"The API server {http.BaseAddress} broke off its answer to {method} {path}: {e.Message}", e);
        }
    }

    /// <summary>The same, with the body still unread; the caller disposes.</summary>
    public async Task<HttpResponseMessage> OpenAsync(
        HttpMethod method, string path, object? body, string? contentType, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(method, path.TrimStart('/'));
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            if (body is not null)
            {
                request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), KubernetesJson.Options));
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType ?? "application/json");
            }
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }
            KubernetesException error;
            using (response)
            {
                error = await ErrorAsync(response, method, path, cancellationToken);
            }
            if (error.Status != HttpStatusCode.TooManyRequests || attempt == Attempts)
            {
                throw error;
            }
            var wait = error.RetryAfter ?? TimeSpan.FromSeconds(1);
            await Task.Delay(wait < LongestRetryAfter ? wait : LongestRetryAfter, time, cancellationToken);
        }
    }

    /// <summary>What a Status object says; null when it is something else.</summary>
    public static KubernetesException? FromStatus(JsonNode? status, HttpStatusCode? fallback = null)
    {
        if (status is not JsonObject || (status["kind"] as JsonValue)?.ToString() != "Status")
        {
            return null;
        }
        var code = status["code"] is JsonValue value && value.TryGetValue<int>(out var number) && number is >= 100 and < 600
            ? (HttpStatusCode)number
            : fallback ?? HttpStatusCode.InternalServerError;
        var seconds = status["details"] is JsonObject details && details["retryAfterSeconds"] is JsonValue retry
            && retry.TryGetValue<int>(out var given) && given > 0 ? given : 0;
        return new KubernetesException(
            code,
            status["reason"]?.ToString() ?? "",
            status["message"]?.ToString() ?? $"The API server answered {(int)code}.",
            seconds > 0 ? TimeSpan.FromSeconds(seconds) : null);
    }

    private async Task<JsonDocument?> ParseAsync(HttpResponseMessage response, Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            return response.StatusCode == HttpStatusCode.NoContent || response.Content.Headers.ContentLength == 0
                ? null
                : await JsonDocument.ParseAsync(stream, default, cancellationToken);
        }
        catch (JsonException e)
        {
            throw new KubernetesException(
                response.StatusCode, "",
                $"{http.BaseAddress} answered with something that is not JSON. Is it a Kubernetes API server? ({e.Message})");
        }
    }

    private async Task<KubernetesException> ErrorAsync(
        HttpResponseMessage response, HttpMethod method, string path, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        JsonNode? json = null;
        try
        {
            json = text.Length > 0 ? JsonNode.Parse(text) : null;
        }
        catch (JsonException)
        {
            // Proxies in front of the API server answer in plain text or HTML; told below.
        }
        var retryAfter = response.Headers.RetryAfter?.Delta;
        var error = FromStatus(json, response.StatusCode);
        if (error is not null)
        {
            return new KubernetesException(response.StatusCode, error.Reason, error.Message, error.RetryAfter ?? retryAfter);
        }
        var detail = (json as JsonObject)?["detail"]?.ToString() ?? text.Trim();
        detail = detail.Length > 300 ? detail[..300] + "…" : detail;
        var message = $"{method} {path} was answered with {(int)response.StatusCode} {response.ReasonPhrase}{(detail.Length > 0 ? $": {detail}" : "")}";
        return new KubernetesException(response.StatusCode, response.StatusCode == HttpStatusCode.NotFound ? "NotFound" : "", message, retryAfter);
    }
}
