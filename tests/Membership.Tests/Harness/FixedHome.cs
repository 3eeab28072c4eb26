using System.Collections.Concurrent;
using Mesh.Kubernetes;
using Mesh.Silo.Membership;

namespace Mesh.Membership.Tests.Harness;

/// <summary>A home that stays, and remembers what it was told.</summary>
internal sealed class FixedHome(KubernetesClient client) : IMembershipHome
{
    private readonly ConcurrentQueue<string?> _reports = new();

    public IReadOnlyList<string?> Reports => [.. _reports];

    public HomeConnection Connection { get; } = new(client, MeshCluster.Namespace);

    public void Report(string? problem) => _reports.Enqueue(problem);
}
