namespace Mesh.Interfaces.Nodes;

/// <summary>The silo's end of a node session.</summary>
[Alias("mesh.INodeSessionObserver")]
public interface INodeSessionObserver : IGrainObserver
{
    /// <param name="update">A serialized Mesh.Interfaces.NodeSession.Update.</param>
    [Alias("OnUpdate")]
    Task OnUpdate(byte[] update);
}
