using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.DataPlane;

/// <summary>A few ranges of ports.</summary>
internal sealed class PortSet
{
    private readonly (uint First, uint Last)[] _ranges;

    private PortSet((uint First, uint Last)[] ranges) => _ranges = ranges;

    public static PortSet Empty { get; } = new([]);

    public static PortSet From(IReadOnlyCollection<PortRange> ranges) =>
        ranges.Count == 0 ? Empty : new PortSet([.. ranges.Select(range => (range.First, range.Last))]);

    public bool Contains(int port)
    {
        foreach (var (first, last) in _ranges)
        {
            if (port >= first && port <= last)
            {
                return true;
            }
        }
        return false;
    }
}
