using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using Orleans.Runtime;

namespace Orleans.Embedded.Catalog;

/// <summary>
/// The grain classes and interfaces of the application. Frames from other silos name methods and grain types; only what is in here can be
/// meant, so no frame makes a silo load anything.
/// </summary>
internal sealed class GrainCatalog
{
    private readonly FrozenDictionary<GrainType, GrainClass> _classes;
    private readonly Dictionary<Type, List<GrainClass>> _implementations = [];
    private readonly ConcurrentDictionary<Type, GrainInterface> _interfaces = [];
    private readonly ConcurrentDictionary<string, GrainMethod> _methods = [];

    public GrainCatalog(IReadOnlyCollection<Assembly> assemblies)
    {
        Assemblies = [.. assemblies];
        var classes = new Dictionary<GrainType, GrainClass>();
        foreach (var type in assemblies.SelectMany(TypesOf))
        {
            if (IsGrainClass(type))
            {
                Add(classes, new GrainClass(type));
            }
            else if (type is { IsInterface: true, IsGenericTypeDefinition: false } && type.IsAssignableTo(typeof(IAddressable)))
            {
                Interface(type);
            }
        }
        _classes = classes.ToFrozenDictionary();
    }

    /// <summary>The application's assemblies.</summary>
    public FrozenSet<Assembly> Assemblies { get; }

    public GrainClass? FindClass(GrainType type) => _classes.GetValueOrDefault(type);

    public GrainMethod? FindMethod(string id) => _methods.GetValueOrDefault(id);

    /// <exception cref="NotSupportedException">The interface cannot be called through references.</exception>
    public GrainInterface Interface(Type type)
    {
        if (_interfaces.TryGetValue(type, out var known))
        {
            return known;
        }
        if (type is not { IsInterface: true, IsGenericType: false } || !type.IsAssignableTo(typeof(IAddressable)))
        {
            throw new NotSupportedException(
                $"{type} is no grain interface of the embedded engine: it has to be a non-generic interface derived from IGrain or IGrainObserver.");
        }
        return _interfaces.GetOrAdd(type, new GrainInterface(type, Method));
    }

    /// <exception cref="ArgumentException">No grain class implements the interface, or more than one does.</exception>
    public GrainClass Implementation(Type interfaceType, string? classNamePrefix = null)
    {
        var candidates = _implementations.GetValueOrDefault(interfaceType, [])
            .Where(grain => classNamePrefix is null || grain.Type.FullName!.StartsWith(classNamePrefix, StringComparison.Ordinal))
            .ToArray();
        return candidates switch
        {
            [var only] => only,
            [] => throw new ArgumentException(
                $"No grain class implements {interfaceType}. Is the assembly with the class referenced, and used, by the silo's program?"),
            _ => throw new ArgumentException(
                $"Several grain classes implement {interfaceType}: {string.Join(", ", candidates.Select(c => c.Type.FullName))}. "
                + "Use an interface that only one implements, or pass grainClassNamePrefix."),
        };
    }

    private static bool IsGrainClass(Type type) =>
        type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }
        && type.IsAssignableTo(typeof(IGrainBase)) && type.IsAssignableTo(typeof(IAddressable));

    private static Type[] TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            throw new OrleansConfigurationException(
                $"The types of {assembly.GetName().Name} cannot be listed, so its grains cannot be found: {e.LoaderExceptions.FirstOrDefault()?.Message}",
                e);
        }
    }

    private void Add(Dictionary<GrainType, GrainClass> classes, GrainClass grain)
    {
        if (!classes.TryAdd(grain.GrainType, grain))
        {
            throw new OrleansConfigurationException(
                $"Grain classes {classes[grain.GrainType].Type} and {grain.Type} have the same grain type '{grain.GrainType}'. Rename one.");
        }
        foreach (var implemented in grain.Type.GetInterfaces().Where(i => i.IsAssignableTo(typeof(IAddressable))))
        {
            if (!_implementations.TryGetValue(implemented, out var list))
            {
                _implementations[implemented] = list = [];
            }
            list.Add(grain);
        }
    }

    private GrainMethod Method(MethodInfo method, string interfaceId)
    {
        var created = new GrainMethod(method, interfaceId);
        var known = _methods.GetOrAdd(created.Id, created);
        return known.DeclaringType == created.DeclaringType
            ? known
            : throw new OrleansConfigurationException(
                $"{known.DeclaringType} and {created.DeclaringType} have the same name '{created.Id}' for a method. Change an [Alias].");
    }
}
