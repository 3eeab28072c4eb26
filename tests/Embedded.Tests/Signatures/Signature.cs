using System.Reflection;

namespace Mesh.Embedded.Tests.Signatures;

/// <summary>Members as text, so that equal text means that a caller can use either.</summary>
internal static class Signature
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>What callers and derived classes can use of a type itself, its bases not included.</summary>
    public static IEnumerable<string> Members(Type type)
    {
        foreach (var constructor in type.GetConstructors(Declared).Where(IsVisible))
        {
            yield return $"{Access(constructor)} new({Parameters(constructor)})";
        }
        foreach (var method in type.GetMethods(Declared).Where(IsVisible))
        {
            var modifiers = $"{(method.IsStatic ? "static " : "")}{Virtuality(method)}";
            var generics = method.IsGenericMethodDefinition ? $"<{string.Join(",", method.GetGenericArguments().Select(Constraints))}>" : "";
            var extension = Has(method.CustomAttributes, "ExtensionAttribute") ? "this " : "";
            yield return $"{Access(method)} {modifiers}{Return(method)} {method.Name}{generics}({extension}{Parameters(method)})";
        }
        foreach (var field in type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly))
        {
            var value = field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "";
            yield return $"field {(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}{value}";
        }
        foreach (var property in type.GetProperties(Declared).Where(property => property.GetAccessors(true).Any(IsVisible)))
        {
            yield return $"property {(Has(property.CustomAttributes, "RequiredMemberAttribute") ? "required " : "")}{property.Name}";
        }
    }

    public static string Kind(Type type) =>
        $"{(type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType ? "struct" : "class")}"
        + $"{(type.IsAbstract && !type.IsInterface ? " abstract" : "")}{(type.IsSealed ? " sealed" : "")}"
        + $" {string.Join(",", type.GetGenericArguments().Select(Constraints))}";

    public static string Usage(Type type) => string.Join(", ", type.CustomAttributes
        .Where(attribute => attribute.AttributeType.Name == nameof(AttributeUsageAttribute))
        .SelectMany(attribute => attribute.ConstructorArguments.Select(argument => argument.ToString())
            .Concat(attribute.NamedArguments.Where(argument => !(argument.MemberName == "AllowMultiple" && argument.TypedValue.Value is false))
                .Select(argument => argument.ToString()))));

    public static string Name(Type type)
    {
        if (type.IsGenericParameter)
        {
            return type.Name;
        }
        if (type.IsArray || type.IsByRef || type.IsPointer)
        {
            return Name(type.GetElementType()!) + (type.IsArray ? "[]" : "&");
        }
        return type.IsGenericType
            ? $"{type.Namespace}.{type.Name}<{string.Join(",", type.GetGenericArguments().Select(Name))}>"
            : type.FullName ?? type.Name;
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Access(MethodBase method) => method.IsPublic ? "public" : "protected";

    private static string Virtuality(MethodInfo method) =>
        method.DeclaringType!.IsInterface || !method.IsVirtual || method.IsFinal ? "" : method.IsAbstract ? "abstract " : "virtual ";

    private static string Return(MethodInfo method)
    {
        var init = method.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "IsExternalInit") ? "init " : "";
        return init + Name(method.ReturnType) + (method.ReturnType.IsValueType ? "" : Nullable(method, method.ReturnParameter));
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{(parameter.IsOut ? "out " : "")}{(Has(parameter.CustomAttributes, "ParamArrayAttribute") ? "params " : "")}"
        + $"{Name(parameter.ParameterType)}{Nullable(method, parameter)} {parameter.Name}"
        + (parameter.HasDefaultValue ? $" = {parameter.RawDefaultValue ?? "null"}" : "")));

    // Whether callers get warnings for passing or expecting null; warnings are errors here.
    private static string Nullable(MethodBase method, ParameterInfo parameter)
    {
        if (parameter.ParameterType.IsValueType)
        {
            return "";
        }
        var flag = Flag(parameter.CustomAttributes, "NullableAttribute") ?? Context(method);
        return flag == 2 ? "?" : "";
    }

    private static byte? Context(MethodBase method)
    {
        var flag = Flag(method.CustomAttributes, "NullableContextAttribute");
        for (var type = method.DeclaringType; flag is null && type is not null; type = type.DeclaringType)
        {
            flag = Flag(type.CustomAttributes, "NullableContextAttribute");
        }
        return flag;
    }

    private static byte? Flag(IEnumerable<CustomAttributeData> attributes, string name)
    {
        var argument = attributes.FirstOrDefault(attribute => attribute.AttributeType.Name == name)?.ConstructorArguments[0];
        return argument?.Value switch
        {
            byte flag => flag,
            IReadOnlyList<CustomAttributeTypedArgument> flags => (byte)flags[0].Value!,
            _ => null,
        };
    }

    private static string Constraints(Type parameter) =>
        $"{parameter.Name}:{parameter.GenericParameterAttributes & ~GenericParameterAttributes.VarianceMask}:"
        + string.Join("&", parameter.GetGenericParameterConstraints().Select(Name).Order(StringComparer.Ordinal));

    private static bool Has(IEnumerable<CustomAttributeData> attributes, string name) =>
        attributes.Any(attribute => attribute.AttributeType.Name == name);
}
