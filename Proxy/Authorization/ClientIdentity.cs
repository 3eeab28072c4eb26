using Mesh.Interfaces.Identity;

namespace Mesh.Proxy.Authorization;

/// <summary>Who a client has proved to be, in both written forms, made once per connection.</summary>
internal sealed class ClientIdentity(WorkloadIdentity workload)
{
    public WorkloadIdentity Workload { get; } = workload;

    public string DnsName { get; } = workload.DnsName;

    public string SpiffeId { get; } = workload.SpiffeId;
}
