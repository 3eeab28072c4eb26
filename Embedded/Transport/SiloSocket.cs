using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Orleans.Embedded.Hosting;
using Orleans.Runtime;

namespace Orleans.Embedded.Transport;

/// <summary>The listening socket. It is bound when made, so that the silo's address is known even when it asked for any free port.</summary>
internal sealed class SiloSocket : IDisposable
{
    public SiloSocket(IOptions<EmbeddedSiloOptions> options)
    {
        var wanted = options.Value.ListenEndPoint;
        Socket = new Socket(wanted.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Socket.Bind(wanted);
            Socket.Listen(512);
        }
        catch (SocketException e)
        {
            Socket.Dispose();
            throw new OrleansConfigurationException(
                $"The silo cannot listen on {wanted}: {e.Message}. Is another silo running there? Set EmbeddedSiloOptions.ListenEndPoint.", e);
        }
        Listening = (IPEndPoint)Socket.LocalEndPoint!;
        var advertised = options.Value.AdvertisedEndPoint ?? Listening;
        Advertised = advertised.Port == 0 ? new IPEndPoint(advertised.Address, Listening.Port) : advertised;
    }

    public Socket Socket { get; }

    public IPEndPoint Listening { get; }

    /// <summary>Where others find this silo.</summary>
    public IPEndPoint Advertised { get; }

    public void Dispose() => Socket.Dispose();
}
