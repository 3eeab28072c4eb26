using System.Collections.Concurrent;
using Mesh.Interfaces.Links;
using Mesh.Interfaces.Nodes;
using Mesh.Interfaces.Traffic;

namespace Mesh.Silo.Tests.Harness;

/// <summary>Hands out fakes instead of grains, and objects themselves instead of references to them.</summary>
internal sealed partial class FakeGrains : IGrainFactory
{
    private readonly ConcurrentDictionary<string, FakeNodeGrain> _nodes = new();
    private readonly ConcurrentDictionary<string, FakeTrafficGrain> _traffic = new();
    private readonly ConcurrentDictionary<string, FakeLinkGrain> _links = new();

    public int References { get; private set; }

    public FakeNodeGrain Node(string key) => _nodes.GetOrAdd(key, _ => new FakeNodeGrain());

    public FakeLinkGrain Link(string key) => _links.GetOrAdd(key, _ => new FakeLinkGrain());

    public FakeTrafficGrain Traffic(string key) => _traffic.GetOrAdd(key, _ => new FakeTrafficGrain());

    public IReadOnlyCollection<string> LinkKeys => [.. _links.Keys];

    public IReadOnlyCollection<string> TrafficKeys => [.. _traffic.Keys];

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey =>
        typeof(TGrainInterface) == typeof(INodeProxyGrain) ? (TGrainInterface)(object)Node(primaryKey)
        : typeof(TGrainInterface) == typeof(ILinkGrain) ? (TGrainInterface)(object)Link(primaryKey)
        : typeof(TGrainInterface) == typeof(ITrafficGrain) ? (TGrainInterface)(object)Traffic(primaryKey)
        : throw new NotSupportedException($"There is no fake of {typeof(TGrainInterface).Name}.");

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => throw new NotSupportedException();

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        References++;
        return (TGrainObserverInterface)obj;
    }

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver => References--;
}
