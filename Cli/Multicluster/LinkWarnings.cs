using Mesh.Cli.CommandLine;
using Mesh.Cli.Viz;
using Mesh.Interfaces.Links;
using Mesh.Interfaces.Viz;

namespace Mesh.Cli.Multicluster;

/// <summary>A line for each Link whose target cluster is not followed, for whoever looks at something else and should know.</summary>
internal static class LinkWarnings
{
    public static async Task WriteAsync(TextWriter error, MeshStatus status)
    {
        foreach (var link in status.Links.Where(l => l.State != nameof(LinkState.Connected)))
        {
            await error.WriteLineAsync($"mesh: Link {link.Name} to cluster {link.TargetCluster} is {link.State}. {link.Message}".TrimEnd());
        }
    }

    /// <summary>Asks a silo first. That it cannot be asked is said too, and does no harm to what was shown already.</summary>
    public static async Task WriteAsync(TextWriter error, VizClient viz, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(error, await viz.StatusAsync(cancellationToken));
        }
        catch (CommandFailedException e)
        {
            await error.WriteLineAsync($"mesh: how this cluster's Links stand is not known. {e.Message}");
        }
    }
}
