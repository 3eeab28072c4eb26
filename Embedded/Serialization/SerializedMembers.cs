using System.Collections.Generic;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;

namespace Orleans.Embedded.Serialization;

/// <summary>Chooses the members of a type that travel; see <see cref="GrainJson"/>.</summary>
internal static class SerializedMembers
{
    public static void Select(JsonTypeInfo info)
    {
        if (info.Type == typeof(object))
        {
            throw new NotSupportedException("An object of no particular type cannot travel between grains: declare what it is.");
        }
        if (info.Kind != JsonTypeInfoKind.Object || IsPlainTuple(info.Type))
        {
            return;
        }
        if (!info.Type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
        {
            throw new NotSupportedException(
                $"{info.Type} cannot travel between grains. Mark it [GenerateSerializer] and its members [Id(n)], or pass something else.");
        }
        var fromConstructor = ConstructorNames(info.Type);
        for (var i = info.Properties.Count - 1; i >= 0; i--)
        {
            var property = info.Properties[i];
            var member = property.AttributeProvider as MemberInfo;
            if (member is null || (!member.IsDefined(typeof(IdAttribute)) && !fromConstructor.Contains(member.Name)))
            {
                info.Properties.RemoveAt(i);
            }
            else if (property.Set is null && member is PropertyInfo { SetMethod: not null } settable)
            {
                property.Set = settable.SetValue;
            }
        }
        AddPrivate(info);
        info.OnSerializing = value =>
        {
            // System.Text.Json would write only what the declared type has, and the rest would be lost without a word.
            if (value.GetType() != info.Type)
            {
                throw new NotSupportedException(
                    $"A {value.GetType()} cannot travel as a {info.Type}: the embedded engine sends exactly the declared type.");
            }
        };
    }

    private static bool IsPlainTuple(Type type)
    {
        if (!type.IsGenericType)
        {
            return false;
        }
        var definition = type.GetGenericTypeDefinition();
        return definition == typeof(KeyValuePair<,>)
            || (definition.Namespace == nameof(System) && (definition.Name.StartsWith("ValueTuple`", StringComparison.Ordinal)
                || definition.Name.StartsWith("Tuple`", StringComparison.Ordinal)));
    }

    /// <summary>The primary constructor's parameters, for records only: Orleans includes them there without being told.</summary>
    private static HashSet<string> ConstructorNames(Type type)
    {
        var isRecord = type.GetMethod("<Clone>$") is not null || type.GetProperty("EqualityContract", BindingFlags.NonPublic | BindingFlags.Instance) is not null
            || (type.IsValueType && type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null);
        return isRecord
            ? [.. type.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Select(parameter => parameter.Name!)]
            : [];
    }

    private static void AddPrivate(JsonTypeInfo info)
    {
        const BindingFlags Declared = BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        for (var type = info.Type; type is not null && type != typeof(object); type = type.BaseType)
        {
            foreach (var field in type.GetFields(Declared).Where(field => field.IsDefined(typeof(IdAttribute))))
            {
                Add(field.FieldType, field.Name, field.GetValue, field.SetValue);
            }
            foreach (var property in type.GetProperties(Declared).Where(property => property.IsDefined(typeof(IdAttribute))))
            {
                Add(property.PropertyType, property.Name, property.GetValue, property.SetValue);
            }
        }

        void Add(Type type, string name, Func<object, object?> get, Action<object, object?> set)
        {
            var added = info.CreateJsonPropertyInfo(type, name);
            added.Get = get;
            added.Set = set;
            info.Properties.Add(added);
        }
    }
}
