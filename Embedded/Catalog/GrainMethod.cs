using System.Reflection;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Embedded.Catalog;

/// <summary>A method of a grain or observer interface: how it is named on the wire, called, and answered.</summary>
internal sealed class GrainMethod
{
    private readonly MethodInfo _method;
    private readonly ResultAdapter _result;

    public GrainMethod(MethodInfo method, string interfaceId)
    {
        _method = method;
        var parameters = method.GetParameters();
        if (method.IsGenericMethodDefinition || parameters.Any(parameter => parameter.ParameterType.IsByRef))
        {
            throw Unsupported("it is generic or has ref or out parameters");
        }
        ParameterTypes = [.. parameters.Select(parameter => parameter.ParameterType)];
        CancellationIndex = Array.IndexOf(ParameterTypes, typeof(CancellationToken));
        _result = ResultAdapter.For(method.ReturnType) ?? throw Unsupported($"it returns {method.ReturnType}");
        Interface = GrainInterfaceType.Create(interfaceId);
        var name = method.GetCustomAttribute<AliasAttribute>()?.Alias
            ?? $"{method.Name}({string.Join(",", ParameterTypes.Select(type => type.ToString()))})";
        Id = $"{interfaceId}.{name}";
        OneWay = method.ReturnType == typeof(void) || method.IsDefined(typeof(OneWayAttribute));
        AlwaysInterleave = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        ReadOnly = method.IsDefined(typeof(ReadOnlyAttribute));
        ResponseTimeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;

        NotSupportedException Unsupported(string why) => new(
            $"{method.DeclaringType}.{method.Name} cannot be called through a grain reference of the embedded engine, since {why}. "
            + "Return Task, Task<T>, ValueTask, ValueTask<T> or (observers) void, and take plain parameters.");
    }

    /// <summary>Unique over all interfaces.</summary>
    public string Id { get; }

    public GrainInterfaceType Interface { get; }

    public Type DeclaringType => _method.DeclaringType!;

    public Type[] ParameterTypes { get; }

    /// <summary>Which parameter is the <see cref="CancellationToken"/>; -1 for none.</summary>
    public int CancellationIndex { get; }

    /// <summary>What the returned task holds; null for nothing.</summary>
    public Type? ResultType => _result.ResultType;

    public bool OneWay { get; }

    public bool AlwaysInterleave { get; }

    public bool ReadOnly { get; }

    public TimeSpan? ResponseTimeout { get; }

    public override string ToString() => $"{DeclaringType.Name}.{_method.Name}";

    /// <summary>Calls the method and waits for its end; exceptions come out as they were thrown.</summary>
    public Task<object?> InvokeAsync(object target, object?[] arguments) =>
        _result.WaitAsync(_method.Invoke(target, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null));

    /// <summary>Turns the answer into what a caller of the interface method gets.</summary>
    public object? ToReturnValue(Task<object?> answer) => _result.Convert(answer);
}
