using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orleans.Embedded.Serialization;

/// <summary>Dictionaries whose keys are no JSON property names, such as records, as arrays of pairs.</summary>
internal sealed class PairsConverterFactory : JsonConverterFactory
{
    private static readonly Type[] Dictionaries =
    [
        typeof(Dictionary<,>), typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>), typeof(SortedDictionary<,>),
        typeof(ImmutableDictionary<,>), typeof(IImmutableDictionary<,>), typeof(ImmutableSortedDictionary<,>),
    ];

    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && Dictionaries.Contains(typeToConvert.GetGenericTypeDefinition())
        && typeToConvert.GetGenericArguments()[0] is var key
        && key != typeof(string) && key.IsDefined(typeof(GenerateSerializerAttribute), inherit: false) && !key.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
    {
        var arguments = typeToConvert.GetGenericArguments();
        return (JsonConverter)Activator.CreateInstance(
            typeof(PairsConverter<,,>).MakeGenericType(typeToConvert, arguments[0], arguments[1]))!;
    }

    private sealed class PairsConverter<TDictionary, TKey, TValue> : JsonConverter<TDictionary>
        where TKey : notnull
    {
        public override TDictionary? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var pairs = JsonSerializer.Deserialize<KeyValuePair<TKey, TValue>[]>(ref reader, options)!;
            var definition = typeof(TDictionary).GetGenericTypeDefinition();
            object built = definition == typeof(SortedDictionary<,>)
                ? new SortedDictionary<TKey, TValue>(Collect(pairs))
                : definition == typeof(ImmutableSortedDictionary<,>)
                    ? pairs.ToImmutableSortedDictionary()
                    : definition == typeof(ImmutableDictionary<,>) || definition == typeof(IImmutableDictionary<,>)
                        ? pairs.ToImmutableDictionary()
                        : Collect(pairs);
            return (TDictionary)built;
        }

        public override void Write(Utf8JsonWriter writer, TDictionary value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, ((IEnumerable<KeyValuePair<TKey, TValue>>)value!).ToArray(), options);

        private static Dictionary<TKey, TValue> Collect(KeyValuePair<TKey, TValue>[] pairs)
        {
            var collected = new Dictionary<TKey, TValue>(pairs.Length);
            foreach (var (key, item) in pairs)
            {
                collected[key] = item;
            }
            return collected;
        }
    }
}
