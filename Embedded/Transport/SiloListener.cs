using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Embedded.Calls;
using Orleans.Embedded.Catalog;
using Orleans.Embedded.Hosting;
using Orleans.Embedded.Membership;

namespace Orleans.Embedded.Transport;

/// <summary>Takes connections of other silos. Who does not prove to be one, or does not greet in time, is cut off.</summary>
internal sealed class SiloListener(
    SiloSocket socket, MembershipTable membership, GrainCatalog catalog, ReferenceFactory references, CallRouter router, PeerLinks links,
    IOptions<EmbeddedSiloOptions> options, TimeProvider time, ILogger<SiloListener> log)
{
    private static readonly TimeSpan GreetingTimeout = TimeSpan.FromSeconds(5);

    // Connections that have not greeted yet; anybody can make those.
    private const int StrangerLimit = 256;

    private readonly SemaphoreSlim _strangers = new(StrangerLimit);
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _connections = [];

    /// <summary>Accepts until cancelled, then waits for the connections to end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await _strangers.WaitAsync(cancellationToken);
                var accepted = await socket.Socket.AcceptAsync(cancellationToken);
                Adopt(ServeAsync(accepted, cancellationToken));
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (SocketException e)
            {
                _strangers.Release();
                log.AcceptFailed(e);
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, CancellationToken.None);
            }
        }
        socket.Dispose();
        await EndedAsync();
    }

    /// <summary>Waits until all connections have ended by themselves.</summary>
    public Task EndedAsync()
    {
        lock (_lock)
        {
            return Task.WhenAll(_connections);
        }
    }

    private void Adopt(Task connection)
    {
        lock (_lock)
        {
            _connections.RemoveWhere(task => task.IsCompleted);
            _connections.Add(connection);
        }
    }

    private async Task ServeAsync(Socket accepted, CancellationToken cancellationToken)
    {
        await Task.Yield();
        var stranger = true;
        var from = "somebody";
        try
        {
            accepted.NoDelay = true;
            from = accepted.RemoteEndPoint?.ToString() ?? from;
            await using var network = new NetworkStream(accepted, ownsSocket: true);
            using var timeout = new CancellationTokenSource(GreetingTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            await using var stream = await SecureAsync(network, either.Token);
            await using var connection = new FrameConnection(stream, from, options.Value.MaxFrameBytes);
            var greeting = PeerDialer.Greet(await connection.ReadAsync(either.Token), options.Value);
            var self = membership.Self;
            await connection.WriteAsync(
                WireJson.Hello(new Greeting(Greeting.Current, options.Value.ClusterId, self, membership.Gossip())), either.Token);
            stranger = false;
            _strangers.Release();
            if (!greeting.Self.Address.Equals(self.Address))
            {
                membership.Merge([greeting.Self, .. greeting.Members]);
                links.Wake(greeting.Self.Address.Endpoint);
            }
            var peer = new IncomingPeer(connection, membership, catalog, references, router, options.Value, time, log);
            var reason = await peer.RunAsync(cancellationToken);
            log.PeerEnded(greeting.Self.Name, from, reason);
        }
        catch (Exception e)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                log.Refused(from, e is OperationCanceledException ? "it did not greet in time" : e.Message);
            }
        }
        finally
        {
            if (stranger)
            {
                _strangers.Release();
            }
            accepted.Dispose();
        }
    }

    private async Task<Stream> SecureAsync(Stream stream, CancellationToken cancellationToken)
    {
        if (options.Value.Tls is not { } tls)
        {
            return stream;
        }
        var secured = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await secured.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = tls.Certificate(),
                    ClientCertificateRequired = true,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [new SslApplicationProtocol(Greeting.Current)],
                    AllowTlsResume = false,
                    RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
                        certificate is not null && tls.Validate(sender, certificate, chain, errors),
                },
                cancellationToken);
            return secured;
        }
        catch
        {
            await secured.DisposeAsync();
            throw;
        }
    }
}
