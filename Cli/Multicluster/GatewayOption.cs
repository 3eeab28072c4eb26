using System.CommandLine;
using Mesh.Cli.CommandLine;

namespace Mesh.Cli.Multicluster;

/// <summary>Linkerd's <c>--gateway</c>. Here there is none, so that only false can be said.</summary>
internal static class GatewayOption
{
    public static Option<bool> Create() => new("--gateway")
    {
        Description = "Only false: this mesh has no gateway, pods of linked clusters reach each other directly.",
    };

    /// <exception cref="UsageException">A gateway is asked for.</exception>
    public static void Refuse(bool wanted)
    {
        if (wanted)
        {
            throw new UsageException(
                "--gateway: this mesh has no gateway. Its clusters are on a flat network, where pods reach each other directly; say --gateway=false.");
        }
    }
}
