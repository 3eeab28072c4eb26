using Orleans.Runtime;

namespace Orleans;

/// <summary>A grain class: implemented by deriving from <see cref="Grain"/>, or directly.</summary>
public interface IGrainBase
{
    /// <summary>The activation this instance is.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Runs before the first request; when it throws, the requests that waited fail with its exception.</summary>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Runs after the last request. It does not run when the process dies.</summary>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}
