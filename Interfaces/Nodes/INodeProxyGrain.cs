using Mesh.Interfaces.Endpoints;

namespace Mesh.Interfaces.Nodes;

/// <summary>
/// Everything one node's proxy must know. Key: <see cref="Keys.NodeKey"/>; lives in the node's cluster. It composes the resources of
/// node_session.proto from the cluster's state and sends each session what it does not hold yet.
/// </summary>
[Alias("mesh.INodeProxyGrain")]
public interface INodeProxyGrain : IEndpointSetSubscriber
{
    /// <summary>
    /// A proxy's session begins, or goes on: call it again every few seconds with the hello of the beginning, since an activation that
    /// moved has forgotten its sessions. Of a known session the demand is brought up to what the hello says.
    /// </summary>
    /// <param name="session">Where to send updates.</param>
    /// <param name="sessionId">Names the session; a later session of the same node replaces an earlier one.</param>
    /// <param name="hello">A serialized Mesh.Interfaces.NodeSession.Hello, kept up to date by the caller with later demand.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("Attach")]
    Task Attach(INodeSessionObserver session, Guid sessionId, byte[] hello, CancellationToken cancellationToken = default);

    /// <summary>The session ended. A session that is not renewed for a minute ends too.</summary>
    [Alias("Detach")]
    Task Detach(Guid sessionId);

    /// <param name="sessionId">Whose demand it is.</param>
    /// <param name="demand">A serialized Mesh.Interfaces.NodeSession.Demand.</param>
    [Alias("Demand")]
    Task Demand(Guid sessionId, byte[] demand);
}
