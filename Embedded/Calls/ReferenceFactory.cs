using System.Reflection;
using Orleans.Embedded.Catalog;
using Orleans.Embedded.Serialization;
using Orleans.Runtime;

namespace Orleans.Embedded.Calls;

/// <summary>Makes references, and is what they call through.</summary>
internal sealed class ReferenceFactory
{
    private readonly GrainCatalog _catalog;

    public ReferenceFactory(GrainCatalog catalog)
    {
        _catalog = catalog;
        Json = new GrainJson(Typed);
        Exceptions = new ExceptionCodec(catalog.Assemblies);
    }

    public GrainJson Json { get; }

    public ExceptionCodec Exceptions { get; }

    /// <summary>Begins a call; set once by <see cref="CallRouter"/>.</summary>
    public Func<GrainId, GrainMethod, object?[], Task<object?>> Begin { get; set; } =
        (_, _, _) => Task.FromException<object?>(new InvalidOperationException("The silo has not started: grains cannot be called yet."));

    public object Typed(GrainId id, Type interfaceType)
    {
        var grainInterface = _catalog.Interface(interfaceType);
        var reference = DispatchProxy.Create(interfaceType, typeof(BoundReference));
        ((GrainReference)reference).Bind(this, id, grainInterface);
        return reference;
    }

    public GrainReference Untyped(GrainId id) => (GrainReference)Typed(id, typeof(IAddressable));
}
