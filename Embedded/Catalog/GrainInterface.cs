using System.Reflection;
using Orleans.Runtime;

namespace Orleans.Embedded.Catalog;

/// <summary>A grain or observer interface with all its methods, inherited ones included.</summary>
internal sealed class GrainInterface
{
    private readonly Dictionary<MethodInfo, GrainMethod> _methods = [];

    public GrainInterface(Type type, Func<MethodInfo, string, GrainMethod> method)
    {
        Type = type;
        Name = GrainInterfaceType.Create(IdOf(type));
        foreach (var declaring in type.GetInterfaces().Append(type).Where(t => t.IsAssignableTo(typeof(IAddressable))))
        {
            foreach (var declared in declaring.GetMethods(BindingFlags.Public | BindingFlags.Instance).Where(m => m.IsAbstract))
            {
                _methods[declared] = method(declared, IdOf(declaring));
            }
        }
    }

    public Type Type { get; }

    public GrainInterfaceType Name { get; }

    public IEnumerable<GrainMethod> Methods => _methods.Values;

    public GrainMethod Find(MethodInfo? method) => method is not null && _methods.TryGetValue(method, out var found)
        ? found
        : throw new NotSupportedException($"{Type}.{method?.Name} cannot be called through a grain reference.");

    private static string IdOf(Type type) => type.GetCustomAttribute<AliasAttribute>()?.Alias ?? type.FullName!;
}
