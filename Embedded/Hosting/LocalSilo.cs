using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Embedded.Membership;
using Orleans.Embedded.Transport;
using Orleans.Runtime;

namespace Orleans.Embedded.Hosting;

/// <summary>Who this silo is: a new generation with each start.</summary>
internal sealed class LocalSilo(SiloSocket socket, IOptions<EmbeddedSiloOptions> options) : ILocalSiloDetails
{
    public SiloAddress SiloAddress { get; } = SiloAddress.New(socket.Advertised, SiloAddress.AllocateNewGeneration());

    public SiloAddress GatewayAddress => SiloAddress;

    public string Name { get; } = options.Value.Name ?? socket.Advertised.ToString();

    public string ClusterId => options.Value.ClusterId;

    public string DnsHostName { get; } = Dns.GetHostName();

    public MemberRecord Record => new(SiloAddress, Name, options.Value.Metadata.ToImmutableDictionary(), MemberStatus.Joining);
}
