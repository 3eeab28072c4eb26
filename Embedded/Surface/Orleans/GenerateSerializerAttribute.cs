namespace Orleans;

/// <summary>Marks a type whose members with an <see cref="IdAttribute"/> may travel between grains.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class GenerateSerializerAttribute : Attribute;
