using System.Collections.Concurrent;
using System.Collections.Immutable;
using Orleans.Runtime;

namespace Orleans.Embedded.Serialization;

/// <summary>Which types' values never change once made.</summary>
internal static class Immutability
{
    private static readonly ConcurrentDictionary<Type, bool> Known = new()
    {
        [typeof(string)] = true,
        [typeof(decimal)] = true,
        [typeof(Guid)] = true,
        [typeof(TimeSpan)] = true,
        [typeof(DateTime)] = true,
        [typeof(DateTimeOffset)] = true,
        [typeof(DateOnly)] = true,
        [typeof(TimeOnly)] = true,
        [typeof(Uri)] = true,
        [typeof(Version)] = true,
        [typeof(GrainId)] = true,
        [typeof(SiloAddress)] = true,
        [typeof(CancellationToken)] = true,
    };

    public static bool Of(Type type) => Known.GetOrAdd(type, static type =>
        type.IsPrimitive || type.IsEnum
        || type.IsDefined(typeof(ImmutableAttribute), inherit: false)
        || (type.IsGenericType && OfGeneric(type, type.GetGenericTypeDefinition())));

    private static bool OfGeneric(Type type, Type definition) =>
        (definition == typeof(Nullable<>) || definition == typeof(ImmutableArray<>) || definition == typeof(ImmutableList<>)
            || definition == typeof(ImmutableHashSet<>) || definition == typeof(ImmutableSortedSet<>)
            || definition == typeof(ImmutableDictionary<,>) || definition == typeof(ImmutableSortedDictionary<,>))
        && type.GetGenericArguments().All(Of);
}
