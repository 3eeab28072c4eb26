namespace Mesh.Grains.Scheduling;

/// <summary>
/// A grain that follows the cluster view. Only the grain itself calls it, to get from an informer's thread to a turn of its own.
/// </summary>
[Alias("mesh.IClusterChangeListener")]
public interface IClusterChangeListener : IGrainWithStringKey
{
    [Alias("OnClusterChange")]
    Task OnClusterChange();
}
