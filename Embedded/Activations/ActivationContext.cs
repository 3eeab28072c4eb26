using Orleans.Runtime;

namespace Orleans.Embedded.Activations;

/// <summary>Hands the activation being created to the constructor of its grain.</summary>
internal static class ActivationContext
{
    [ThreadStatic]
    private static IGrainContext? _current;

    public static IGrainContext? Current => _current;

    /// <summary>Runs <paramref name="create"/>, which must stay on this thread, with the context set.</summary>
    public static object Create(IGrainContext context, Func<object> create)
    {
        var outer = _current;
        _current = context;
        try
        {
            return create();
        }
        finally
        {
            _current = outer;
        }
    }
}
