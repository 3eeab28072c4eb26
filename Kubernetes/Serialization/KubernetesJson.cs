using System.Collections;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Mesh.Kubernetes.Resources;

namespace Mesh.Kubernetes.Serialization;

/// <summary>How Kubernetes objects are read and written as JSON.</summary>
public static class KubernetesJson
{
    /// <summary>
    /// As the API server does it: camel case; absent and null mean the same; empty strings, lists and maps are left out unless the
    /// schema requires them.
    /// </summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { AsKubernetesDoes } },
        };
        options.Converters.Add(new KubernetesTimeConverter());
        options.MakeReadOnly();
        return options;
    }

    private static void AsKubernetesDoes(JsonTypeInfo type)
    {
        var nullability = new NullabilityInfoContext();
        foreach (var property in type.Properties)
        {
            if (property.IsExtensionData
                || property.AttributeProvider is not PropertyInfo declared
                || declared.PropertyType.IsValueType
                || nullability.Create(declared).WriteState != NullabilityState.NotNull)
            {
                continue;
            }
            if (property.Set is { } set)
            {
                // Go writes an empty list as null; the property keeps its default then.
                property.Set = (target, value) =>
                {
                    if (value is not null)
                    {
                        set(target, value);
                    }
                };
            }
            if (property.Name == "status" && declared.PropertyType != typeof(string))
            {
                var empty = Activator.CreateInstance(declared.PropertyType);
                property.ShouldSerialize = (_, value) => value is not null && !value.Equals(empty);
            }
            else if (!declared.IsDefined(typeof(WrittenWhenEmptyAttribute)))
            {
                property.ShouldSerialize = (_, value) => value switch
                {
                    null => false,
                    string text => text.Length > 0,
                    IEnumerable items => items.Cast<object?>().Any(),
                    _ => true,
                };
            }
        }
    }
}
