using System.Collections.Immutable;

namespace Mesh.Interfaces.Nodes;

/// <summary>
/// Which nodes of a cluster have a proxy with a session, at whichever silo. Key: <see cref="Keys.ClusterName"/>; lives in that cluster. It
/// knows what silos report, and nothing for a few seconds after it has moved.
/// </summary>
[Alias("mesh.INodeSessionsGrain")]
public interface INodeSessionsGrain : IGrainWithStringKey
{
    /// <summary>Called by every silo every few seconds; a silo that has not reported for 10 s counts as gone.</summary>
    [Alias("Report")]
    Task Report(string silo, ImmutableArray<string> nodes);

    /// <returns>The nodes, sorted.</returns>
    [Alias("List")]
    Task<ImmutableArray<string>> List();
}
