using Mesh.Interfaces.Nodes;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Tests.Engine;

/// <summary>The silo's end of a node session, holding what the proxy would hold.</summary>
internal sealed class NodeSessionProbe : INodeSessionObserver
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Resource> _held = [];

    public bool Complete { get; private set; }

    public Task OnUpdate(byte[] update)
    {
        var parsed = Update.Parser.ParseFrom(update);
        lock (_lock)
        {
            foreach (var resource in parsed.Upserts)
            {
                _held[resource.Key] = resource;
            }
            foreach (var key in parsed.Removals)
            {
                _held.Remove(key);
            }
            Complete |= parsed.Complete;
        }
        return Task.CompletedTask;
    }

    public Resource? Held(string key)
    {
        lock (_lock)
        {
            return _held.GetValueOrDefault(key);
        }
    }

    public string Describe()
    {
        lock (_lock)
        {
            return string.Join(", ", _held.Values);
        }
    }
}
