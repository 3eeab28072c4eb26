namespace Orleans.Concurrency;

/// <summary>Requests to the grain may start while others of it wait for something.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;
