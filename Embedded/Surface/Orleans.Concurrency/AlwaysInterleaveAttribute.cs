namespace Orleans.Concurrency;

/// <summary>Calls of the method may start while any other request of the grain waits, and others may start while they wait.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;
