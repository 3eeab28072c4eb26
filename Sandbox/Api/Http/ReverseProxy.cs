using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Http;

namespace Mesh.Sandbox.Api.Http;

/// <summary>Passes a request on to a pod or a node. The caller's credentials stay here: what is behind may be anything.</summary>
internal sealed class ReverseProxy : IDisposable
{
    private static readonly HashSet<string> NotForwarded = new(StringComparer.OrdinalIgnoreCase)
    {
        "Authorization", "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Host", "Cookie", "Impersonate-User", "Impersonate-Group", "Impersonate-Uid",
    };

    private readonly HttpMessageInvoker _http;

    public ReverseProxy(ServiceProxyConnector connector)
    {
        _http = new(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5),
            ConnectCallback = (context, cancellationToken) =>
                connector(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port, cancellationToken),
            // As in Kubernetes, what an https endpoint presents is not verified.
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        });
    }

    public void Dispose() => _http.Dispose();

    /// <param name="request">What came in.</param>
    /// <param name="scheme"><c>http</c> or <c>https</c>.</param>
    /// <param name="destination">Where it goes.</param>
    /// <param name="pathAndQuery">What is asked for there.</param>
    /// <exception cref="ApiException">503: it cannot be reached.</exception>
    public async Task ForwardAsync(ApiRequest request, string scheme, IPEndPoint destination, string pathAndQuery)
    {
        var incoming = request.Context.Request;
        using var outgoing = new HttpRequestMessage(new(incoming.Method), new Uri($"{scheme}://{destination}{pathAndQuery}"));
        var hasBody = incoming.ContentLength > 0 || incoming.Headers.TransferEncoding.Count > 0
            || (incoming.ContentLength is null && incoming.Method is "POST" or "PUT" or "PATCH");
        if (hasBody)
        {
            outgoing.Content = new StreamContent(incoming.Body);
        }
        foreach (var (name, values) in incoming.Headers)
        {
            if (!NotForwarded.Contains(name) && !name.StartsWith(':')
                && !outgoing.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                outgoing.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }
        outgoing.Headers.TryAddWithoutValidation("X-Forwarded-For", $"{request.Context.Connection.RemoteIpAddress}");
        HttpResponseMessage answer;
        try
        {
            answer = await _http.SendAsync(outgoing, request.Aborted);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException or AuthenticationException
            || (e is OperationCanceledException && !request.Aborted.IsCancellationRequested))
        {
            throw ApiErrors.ServiceUnavailable($"error trying to reach service: dial tcp {destination}: {(e.InnerException ?? e).Message}");
        }
        using (answer)
        {
            await CopyAsync(request, answer);
        }
    }

    private static async Task CopyAsync(ApiRequest request, HttpResponseMessage answer)
    {
        var response = request.Context.Response;
        response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
        {
            if (!NotForwarded.Contains(name))
            {
                response.Headers[name] = values.ToArray();
            }
        }
        await using var body = await answer.Content.ReadAsStreamAsync(request.Aborted);
        var buffer = new byte[16 * 1024];
        int read;
        await response.StartAsync(request.Aborted);
        // Flushed piece by piece: a followed log or an event stream is to be seen as it comes.
        while ((read = await body.ReadAsync(buffer, request.Aborted)) > 0)
        {
            await response.Body.WriteAsync(buffer.AsMemory(0, read), request.Aborted);
            await response.Body.FlushAsync(request.Aborted);
        }
    }
}
