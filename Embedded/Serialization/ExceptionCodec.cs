using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Text.RegularExpressions;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Embedded.Serialization;

/// <summary>
/// Exceptions across silos. The type is kept when it belongs to the base library, this engine or the application and can be made of a
/// message; nothing is ever loaded for it. Of any other the text is kept, in an <see cref="UnavailableExceptionFallbackException"/>.
/// </summary>
internal sealed partial class ExceptionCodec(FrozenSet<Assembly> application)
{
    private const int DepthLimit = 16;

    public static ExceptionRecord Encode(Exception exception) => Encode(exception, DepthLimit);

    public Exception Decode(ExceptionRecord record) => Decode(record, DepthLimit);

    private static ExceptionRecord Encode(Exception exception, int depth) => new(
        exception is UnavailableExceptionFallbackException { ExceptionType: { } original } ? original : exception.GetType().FullName ?? "",
        exception.Message,
        exception.StackTrace,
        exception.InnerException is { } inner && depth > 0 ? Encode(inner, depth - 1) : null);

    private Exception Decode(ExceptionRecord record, int depth)
    {
        var inner = record.Inner is null || depth == 0 ? null : Decode(record.Inner, depth - 1);
        var exception = Create(record, inner) ?? new UnavailableExceptionFallbackException(record.Message, inner!) { ExceptionType = record.Type };
        if (record.StackTrace is { } trace)
        {
            ExceptionDispatchInfo.SetRemoteStackTrace(exception, trace);
        }
        return exception;
    }

    private Exception? Create(ExceptionRecord record, Exception? inner)
    {
        if (record.Type is null || !PlainName().IsMatch(record.Type) || Find(record.Type) is not { } type)
        {
            return null;
        }
        const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance;
        var flags = type.Assembly == typeof(OrleansException).Assembly ? Public | BindingFlags.NonPublic : Public;
        if (type.GetConstructor(flags, [typeof(string), typeof(Exception)]) is { } both)
        {
            return (Exception)both.Invoke(BindingFlags.DoNotWrapExceptions, binder: null, [record.Message, inner], culture: null);
        }
        return inner is null && type.GetConstructor(flags, [typeof(string)]) is { } message
            ? (Exception)message.Invoke(BindingFlags.DoNotWrapExceptions, binder: null, [record.Message], culture: null)
            : null;
    }

    private Type? Find(string name)
    {
        var loaded = AppDomain.CurrentDomain.GetAssemblies().Where(assembly =>
            assembly == typeof(OrleansException).Assembly || application.Contains(assembly)
            || (assembly.GetName().Name is { } simple
                && (simple == "System.Private.CoreLib" || simple.StartsWith("System.", StringComparison.Ordinal))));
        return loaded.Select(assembly => assembly.GetType(name, throwOnError: false))
            .FirstOrDefault(type => type is { IsAbstract: false, ContainsGenericParameters: false } && type.IsAssignableTo(typeof(Exception)));
    }

    // No brackets, commas or spaces: the name of a generic type can name assemblies, and those would be loaded.
    [GeneratedRegex(@"^[\w.+]{1,500}$", RegexOptions.CultureInvariant)]
    private static partial Regex PlainName();
}
