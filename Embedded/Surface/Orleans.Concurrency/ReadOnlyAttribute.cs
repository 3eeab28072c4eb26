namespace Orleans.Concurrency;

/// <summary>Calls of the method change nothing, so several of them may run interleaved; others wait.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;
