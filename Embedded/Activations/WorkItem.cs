using Orleans.Embedded.Calls;

namespace Orleans.Embedded.Activations;

/// <summary>Something an activation is to do: a request, or a timer's tick.</summary>
/// <param name="Call">The request; null for a tick.</param>
/// <param name="Interleave">Whether it may run beside anything.</param>
/// <param name="ReadOnly">Whether it may run beside other read-only ones.</param>
/// <param name="Run">Does it. Never fails: it answers the request with the failure, or logs it.</param>
internal sealed record WorkItem(Call? Call, bool Interleave, bool ReadOnly, Func<Task> Run);
