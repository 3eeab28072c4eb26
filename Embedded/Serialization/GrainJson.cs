using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Orleans.Embedded.Serialization;

/// <summary>
/// Arguments and results as JSON. It takes what Orleans takes: types of the base library, enums, and types with [GenerateSerializer], of
/// which exactly the members with an [Id] (for records also the primary constructor's) travel. Anything else is refused, on the sending
/// side, rather than sent by half.
/// </summary>
internal sealed class GrainJson
{
    private readonly JsonSerializerOptions _options;

    public GrainJson(Func<Runtime.GrainId, Type, object> reference)
    {
        _options = new JsonSerializerOptions
        {
            IncludeFields = true,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { SerializedMembers.Select } },
            Converters =
            {
                new ReferenceConverterFactory(reference),
                new ImmutableArrayConverterFactory(),
                new PairsConverterFactory(),
                new TextConverter<Runtime.GrainId>(id => id.ToString(), Runtime.GrainId.Parse),
                new TextConverter<Runtime.SiloAddress>(silo => silo.ToParsableString(), Runtime.SiloAddress.FromParsableString),
                new TextConverter<System.Net.IPAddress>(address => address.ToString(), System.Net.IPAddress.Parse),
                new TextConverter<System.Net.IPEndPoint>(endpoint => endpoint.ToString(), System.Net.IPEndPoint.Parse),
            },
        };
        _options.MakeReadOnly();
    }

    /// <summary>The arguments as one JSON array; a cancellation token is a null in it, since it travels by other means.</summary>
    /// <exception cref="NotSupportedException">An argument is of a type that does not travel.</exception>
    public byte[] EncodeArguments(object?[] arguments, Type[] types)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            for (var i = 0; i < types.Length; i++)
            {
                if (types[i] == typeof(CancellationToken))
                {
                    writer.WriteNullValue();
                }
                else
                {
                    JsonSerializer.Serialize(writer, arguments[i], types[i], _options);
                }
            }
            writer.WriteEndArray();
        }
        return buffer.ToArray();
    }

    /// <exception cref="JsonException">The JSON does not hold such arguments.</exception>
    public object?[] DecodeArguments(JsonElement array, Type[] types)
    {
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() != types.Length)
        {
            throw new JsonException($"{types.Length} arguments are expected. Do the silos run different versions of the interface?");
        }
        var arguments = new object?[types.Length];
        for (var i = 0; i < types.Length; i++)
        {
            arguments[i] = types[i] == typeof(CancellationToken) ? CancellationToken.None : array[i].Deserialize(types[i], _options);
        }
        return arguments;
    }

    public object?[] DecodeArguments(ReadOnlySpan<byte> array, Type[] types)
    {
        var reader = new Utf8JsonReader(array);
        using var document = JsonDocument.ParseValue(ref reader);
        return DecodeArguments(document.RootElement, types);
    }

    public byte[] EncodeResult(object? value, Type type) => JsonSerializer.SerializeToUtf8Bytes(value, type, _options);

    public object? DecodeResult(JsonElement value, Type type) => value.Deserialize(type, _options);

    /// <summary>A value the receiver may keep and change without the sender noticing; the value itself if neither can change it.</summary>
    public object? Copy(object? value, Type type) => value switch
    {
        null => null,
        byte[] bytes when type == typeof(byte[]) => bytes.Clone(),
        _ when Immutability.Of(type) => Checked(value, type),
        _ => JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(value, type, _options), type, _options),
    };

    // What is not copied must still be something that could travel, or a call would work only until its grain moves.
    private object Checked(object value, Type type)
    {
        _options.GetTypeInfo(type);
        return value;
    }
}
