using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans.Runtime;

namespace Orleans.Embedded.Serialization;

/// <summary>Writes references to grains and observers as the id of what they refer to.</summary>
internal sealed class ReferenceConverterFactory(Func<GrainId, Type, object> reference) : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsAssignableTo(typeof(IAddressable));

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) => typeToConvert.IsInterface
        ? (JsonConverter)Activator.CreateInstance(typeof(ReferenceConverter<>).MakeGenericType(typeToConvert), reference)!
        : throw new NotSupportedException($"{typeToConvert} cannot travel: declare one of its grain interfaces instead.");

    private sealed class ReferenceConverter<T>(Func<GrainId, Type, object> reference) : JsonConverter<T>
        where T : IAddressable
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && GrainId.TryParse(reader.GetString(), out var id)
                ? (T)reference(id, typeof(T))
                : throw new JsonException($"The reference to a {typeof(T).Name} is not a grain id.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            if (value is not GrainReference target)
            {
                throw new ArgumentException(
                    $"A {value.GetType().Name} itself cannot be passed to a grain, only a reference to it: "
                    + $"this.AsReference<{typeof(T).Name}>() of a grain, IGrainFactory.CreateObjectReference<{typeof(T).Name}>() of an observer.");
            }
            writer.WriteStringValue(target.GrainId.ToString());
        }
    }
}
