using System.Reflection;

namespace Orleans.Runtime;

/// <summary>
/// A grain or observer as its callers see it. Its runtime type also implements the grain interface it was made for. Two references are
/// equal when they name the same grain. Unlike Microsoft's generated references these are <see cref="DispatchProxy"/> objects.
/// </summary>
public class GrainReference : DispatchProxy, IAddressable, IEquatable<GrainReference>
{
    /// <summary>For <see cref="DispatchProxy"/>; references come from <see cref="IGrainFactory"/>.</summary>
    protected GrainReference()
    {
    }

    public GrainId GrainId { get; private set; }

    public GrainInterfaceType InterfaceType { get; private set; }

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

    internal object As(Type interfaceType) => throw new NotSupportedException(interfaceType.Name);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new NotSupportedException(targetMethod?.Name);
}
