namespace Orleans.Embedded.Activations;

/// <summary>Begins something without handing it the execution context of who happens to begin it.</summary>
internal static class NoFlow
{
    public static T Begin<T>(Func<T> begin)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return begin();
        }
        using (ExecutionContext.SuppressFlow())
        {
            return begin();
        }
    }
}
