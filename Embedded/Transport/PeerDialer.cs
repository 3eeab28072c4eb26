using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Orleans.Embedded.Hosting;
using Orleans.Embedded.Membership;

namespace Orleans.Embedded.Transport;

/// <summary>Makes connections to other silos, greeting included.</summary>
internal sealed class PeerDialer(EmbeddedSiloOptions options, MembershipTable membership, TimeProvider time)
{
    private static readonly TimeSpan GreetingTimeout = TimeSpan.FromSeconds(5);

    /// <exception cref="Exception">It did not work, for whatever reason; the message says which.</exception>
    public async Task<(FrameConnection Connection, Greeting Greeting)> ConnectAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await ConnectAsync(socket, endpoint, cancellationToken);
            using var timeout = new CancellationTokenSource(GreetingTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            stream = new NetworkStream(socket, ownsSocket: true);
            try
            {
                stream = await SecureAsync(stream, endpoint, either.Token);
                var connection = new FrameConnection(stream, endpoint.ToString(), options.MaxFrameBytes);
                await connection.WriteAsync(
                    WireJson.Hello(new Greeting(Greeting.Current, options.ClusterId, membership.Self, membership.Gossip())), either.Token);
                var greeting = Greet(await connection.ReadAsync(either.Token), options);
                return (connection, greeting);
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested)
            {
                throw new TimeoutException($"it accepted the connection but did not greet within {GreetingTimeout.TotalSeconds:0} s");
            }
        }
        catch
        {
            socket.Dispose();
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }
            throw;
        }
    }

    /// <exception cref="ProtocolException">It is no greeting, or one of somebody else.</exception>
    public static Greeting Greet((FrameType Type, byte[] Body) frame, EmbeddedSiloOptions options)
    {
        if (frame.Type != FrameType.Hello)
        {
            throw new ProtocolException($"It began with a {frame.Type} frame instead of a greeting");
        }
        var greeting = WireJson.Parse<Greeting>(frame.Body);
        return greeting switch
        {
            { Self.IsValid: true, Members: not null, Protocol: Greeting.Current } when greeting.ClusterId == options.ClusterId => greeting,
            { Protocol: not Greeting.Current } => throw new ProtocolException($"It speaks '{greeting.Protocol}', not '{Greeting.Current}'"),
            _ when greeting.ClusterId != options.ClusterId => throw new ProtocolException(
                $"It belongs to the Orleans cluster '{greeting.ClusterId}', this silo to '{options.ClusterId}'"),
            _ => throw new ProtocolException("Its greeting is incomplete"),
        };
    }

    private async Task ConnectAsync(Socket socket, IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(endpoint, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new TimeoutException($"it did not accept a connection within {options.ConnectTimeout.TotalSeconds:0.#} s");
        }
    }

    private async Task<Stream> SecureAsync(Stream stream, IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        if (options.Tls is not { } tls)
        {
            return stream;
        }
        var secured = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await secured.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = endpoint.Address.ToString(),
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [new SslApplicationProtocol(Greeting.Current)],
                    ClientCertificateContext = tls.Certificate(),
                    RemoteCertificateValidationCallback = tls.Validate,
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
