using System.Reflection;
using Orleans.Embedded.Calls;
using Orleans.Embedded.Catalog;

namespace Orleans.Runtime;

/// <summary>
/// A grain or observer as its callers see it. Its runtime type also implements the grain interface it was made for. Two references are
/// equal when they name the same grain. Unlike Microsoft's generated references these are <see cref="DispatchProxy"/> objects.
/// </summary>
public class GrainReference : DispatchProxy, IAddressable, IEquatable<GrainReference>
{
    private ReferenceFactory? _factory;
    private GrainInterface? _interface;

    /// <summary>References come from <see cref="IGrainFactory"/>.</summary>
    internal GrainReference()
    {
    }

    public GrainId GrainId { get; private set; }

    public GrainInterfaceType InterfaceType => _interface?.Name ?? default;

    /// <summary>The interface of the reference in words.</summary>
    public virtual string InterfaceName => InterfaceType.ToString();

    public static bool operator ==(GrainReference? reference1, GrainReference? reference2) =>
        reference1 is null ? reference2 is null : reference1.Equals(reference2);

    public static bool operator !=(GrainReference? reference1, GrainReference? reference2) => !(reference1 == reference2);

    /// <summary>The same grain through another of its interfaces.</summary>
    public virtual TGrainInterface Cast<TGrainInterface>()
        where TGrainInterface : IAddressable => (TGrainInterface)As(typeof(TGrainInterface));

    public bool Equals(GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);

    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    public override int GetHashCode() => GrainId.GetHashCode();

    public sealed override string ToString() => $"GrainReference:{GrainId}:{InterfaceType}";

    internal void Bind(ReferenceFactory factory, GrainId id, GrainInterface grainInterface)
    {
        _factory = factory;
        GrainId = id;
        _interface = grainInterface;
    }

    internal object As(Type interfaceType) => interfaceType.IsInstanceOfType(this) ? this : Bound().Typed(GrainId, interfaceType);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var factory = Bound();
        var method = _interface!.Find(targetMethod);
        return method.ToReturnValue(factory.Begin(GrainId, method, args ?? []));
    }

    private ReferenceFactory Bound() =>
        _factory ?? throw new InvalidOperationException("This reference was not made by a grain factory, so it leads nowhere.");
}
