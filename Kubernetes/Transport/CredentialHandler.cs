using System.Net.Http.Headers;
using Mesh.Kubernetes.Configuration;

namespace Mesh.Kubernetes.Transport;

/// <summary>Says on every request who asks, and which name the server must prove.</summary>
internal sealed class CredentialHandler(ClusterConnection connection, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (connection.Token is { } source && request.Headers.Authorization is null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await source.GetAsync(cancellationToken));
        }
        if (connection.Impersonate is { } user)
        {
            request.Headers.Add("Impersonate-User", user);
            foreach (var group in connection.ImpersonateGroups)
            {
                request.Headers.Add("Impersonate-Group", group);
            }
        }
        if (connection.TlsServerName is { } name)
        {
            // SocketsHttpHandler takes the TLS name from here.
            request.Headers.Host = name;
        }
        return await base.SendAsync(request, cancellationToken);
    }
}
