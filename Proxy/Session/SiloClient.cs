using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Certificates;
using CertificateRequest = Mesh.Interfaces.NodeSession.CertificateRequest;

namespace Mesh.Proxy.Session;

/// <summary>Speaks HTTP/2 over TLS 1.3 with whichever silo of the own cluster answers.</summary>
internal sealed class SiloClient(ProxyOptions options, TimeProvider time)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Asks for the proxy's own certificate, which takes no certificate: the silo verifies the node's token.</summary>
    /// <exception cref="SessionException">No silo answered, it is not a silo of this mesh, or it refused.</exception>
    public async Task<Certificate> CertifyAsync(CertificateRequest request, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AnswerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var client = new HttpMessageInvoker(CreateHandler(clientCertificate: null));
            using var message = await CreateRequestAsync("Certify", new ByteArrayContent(MessageFraming.Frame(request)), either.Token);
            using var response = await client.SendAsync(message, either.Token);
            await EnsureAcceptedAsync(response, either.Token);
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            return await MessageFraming.ReadAsync(body, Certificate.Parser, either.Token)
                ?? throw new SessionException("the silo answered the certificate request with nothing");
        }
        catch (Exception failure) when (Explain(failure, limit, cancellationToken) is { } explained)
        {
            throw explained;
        }
    }

    /// <summary>Opens a session's stream and says hello on it: the silo answers nothing before.</summary>
    /// <param name="own">The proxy's certificate.</param>
    /// <param name="hello">The first message; made when it can be sent.</param>
    /// <param name="cancellationToken">Ends the wait; the stream lives on its own.</param>
    /// <exception cref="SessionException">No silo answered, it is not a silo of this mesh, or it refused.</exception>
    public async Task<SiloStream> OpenAsync(IssuedCertificate own, Func<Hello> hello, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AnswerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var certificate = own.ToSslContext();
        var client = new HttpMessageInvoker(CreateHandler(certificate.Context));
        var content = new DuplexContent();
        HttpResponseMessage? response = null;
        try
        {
            using var message = await CreateRequestAsync("Run", content, either.Token);
            var sending = client.SendAsync(message, either.Token);
            // The request fails before there is a stream when no silo can be reached.
            await Task.WhenAny(content.Stream, sending);
            if (content.Stream.IsCompletedSuccessfully)
            {
                await SayHelloAsync(content.Stream.Result, hello(), either.Token);
            }
            response = await sending;
            await EnsureAcceptedAsync(response, either.Token);
            var up = await content.Stream.WaitAsync(either.Token);
            var down = await response.Content.ReadAsStreamAsync(either.Token);
            return new SiloStream(client, certificate, response, content, up, down);
        }
        catch (Exception failure)
        {
            content.Complete();
            response?.Dispose();
            client.Dispose();
            certificate.Dispose();
            if (Explain(failure, limit, cancellationToken) is { } explained)
            {
                throw explained;
            }
            throw;
        }
    }

    private static async Task SayHelloAsync(Stream up, Hello hello, CancellationToken cancellationToken)
    {
        try
        {
            await up.WriteAsync(MessageFraming.Frame(new ProxyMessage { Hello = hello }), cancellationToken);
            await up.FlushAsync(cancellationToken);
        }
        catch (Exception refused) when (refused is IOException or HttpRequestException or ObjectDisposedException)
        {
            // The silo has answered already, with a refusal, or the connection broke: the response says which.
        }
    }

    private async Task<HttpRequestMessage> CreateRequestAsync(string method, HttpContent content, CancellationToken cancellationToken)
    {
        string token;
        try
        {
            token = (await File.ReadAllTextAsync(options.TokenPath, cancellationToken)).Trim();
        }
        catch (Exception unread) when (unread is IOException or UnauthorizedAccessException)
        {
            throw new SessionException(
                $"the node's token cannot be read from {options.TokenPath}: {unread.Message.TrimEnd('.')}. "
                + "The DaemonSet must project a service-account token with the audience mesh-node-api there");
        }
        var host = options.SiloAddress.Host;
        host = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        var message = new HttpRequestMessage(
            HttpMethod.Post, $"https://{host}:{options.SiloAddress.Port}/mesh.node.v1.NodeSession/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return message;
    }

    private SocketsHttpHandler CreateHandler(SslStreamCertificateContext? clientCertificate) => new()
    {
        ConnectCallback = ConnectAsync,
        ConnectTimeout = AnswerTimeout,
        UseProxy = false,
        AllowAutoRedirect = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            TargetHost = PeerIdentity.SiloOf(options).DnsName,
            EnabledSslProtocols = SslProtocols.Tls13,
            ClientCertificateContext = clientCertificate,
            RemoteCertificateValidationCallback = VerifySilo,
        },
    };

    // Behind a ClusterIP every connection may reach another silo; a headless name has several addresses, tried in random order.
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(options.SiloAddress.Host, cancellationToken);
        Random.Shared.Shuffle(addresses);
        var last = SocketError.HostNotFound;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                using var limit = new CancellationTokenSource(ConnectTimeout, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
                last = await TryConnectAsync(socket, new IPEndPoint(address, options.SiloAddress.Port), either.Token);
                if (last == SocketError.Success)
                {
                    return new NetworkStream(socket, ownsSocket: true);
                }
                socket.Dispose();
                cancellationToken.ThrowIfCancellationRequested();
                if (limit.IsCancellationRequested)
                {
                    last = SocketError.TimedOut;
                }
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw new IOException(
            $"none of the {addresses.Length} addresses of {options.SiloAddress.Host} could be connected to", new SocketException((int)last));
    }

    // Socket's own method throws with a stack trace that it looks up source lines for: where a silo is waited for, once per attempt, and the
    // libraries that read symbols stay in memory (ADR 14).
    private static async Task<SocketError> TryConnectAsync(Socket socket, IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<SocketError>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var attempt = new SocketAsyncEventArgs { RemoteEndPoint = endPoint };
        attempt.Completed += (_, finished) => done.SetResult(finished.SocketError);
        if (!socket.ConnectAsync(attempt))
        {
            return attempt.SocketError;
        }
        await using var cancellation = cancellationToken.Register(() => Socket.CancelConnectAsync(attempt));
        return await done.Task;
    }

    private bool VerifySilo(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 leaf)
        {
            return false;
        }
        // The file changes when the anchor is rotated, so it is read for every handshake.
        var anchors = new X509Certificate2Collection();
        anchors.ImportFromPemFile(options.TrustAnchorsPath);
        return PeerIdentity.TryVerify(
            leaf, chain?.ChainPolicy.ExtraStore, anchors, PeerIdentity.SiloOf(options), time.GetUtcNow(), out _);
    }

    private static async Task EnsureAcceptedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode == HttpStatusCode.OK)
        {
            return;
        }
        var reason = await response.Content.ReadAsStringAsync(cancellationToken);
        var line = reason.Split('\n', 2)[0].Trim();
        throw new SessionException(
            $"the silo refused with {(int)response.StatusCode} {response.StatusCode}: {(line.Length > 0 ? line : "it did not say why")}");
    }

    private SessionException? Explain(Exception failure, CancellationTokenSource limit, CancellationToken cancellationToken)
    {
        if (failure is SessionException || cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        var address = $"{options.SiloAddress.Host}:{options.SiloAddress.Port}";
        if (limit.IsCancellationRequested)
        {
            return new SessionException($"no silo answered at {address} within {AnswerTimeout.TotalSeconds:0} s", failure);
        }
        var cause = failure;
        while (cause.InnerException is { } inner)
        {
            cause = inner;
        }
        return failure switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => new SessionException(
                $"TLS with {address} failed: {cause.Message} "
                + $"(expected {PeerIdentity.SiloOf(options).DnsName}, signed under {options.TrustAnchorsPath})", failure),
            HttpRequestException or IOException => new SessionException($"no silo can be reached at {address}: {cause.Message}", failure),
            _ => null,
        };
    }
}
