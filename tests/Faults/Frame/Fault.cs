using Mesh.Faults.Traffic;

namespace Mesh.Faults.Frame;

/// <summary>
/// One thing that goes wrong, and what is promised when it does. The frame runs its steps in order, with traffic running from before the
/// first to after the last: <see cref="PrepareAsync"/>, <see cref="InjectAsync"/>, <see cref="EndureAsync"/>, <see cref="HealAsync"/>,
/// <see cref="RecoverAsync"/>; <see cref="CleanUpAsync"/> comes in any case.
/// </summary>
internal abstract class Fault
{
    /// <summary>As it is called on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What must hold, in one line.</summary>
    public abstract string Promise { get; }

    /// <summary>How long after healing (or after the fault, where nothing heals it) all must be right again.</summary>
    public virtual TimeSpan RecoverWithin => TimeSpan.FromSeconds(10);

    /// <summary>What must be so before the fault.</summary>
    public virtual Task PrepareAsync(FaultStage stage) => Task.CompletedTask;

    /// <summary>Makes the fault, and returns when it is in force.</summary>
    public abstract Task InjectAsync(FaultStage stage);

    /// <summary>What must hold while it is in force; takes as long as the fault lasts.</summary>
    public virtual Task EndureAsync(FaultStage stage) => Task.CompletedTask;

    /// <summary>Ends the fault, where it does not end by itself.</summary>
    public virtual Task HealAsync(FaultStage stage) => Task.CompletedTask;

    /// <summary>Returns when all is right again, or says what is not.</summary>
    public abstract Task RecoverAsync(FaultStage stage);

    /// <summary>Leaves the clusters as they were, whatever happened; must do no harm when nothing did.</summary>
    public virtual Task CleanUpAsync(FaultStage stage) => Task.CompletedTask;

    /// <summary>
    /// What must be said of a request that was not answered well. Null: nothing, for it had no healthy endpoint, and was told so as it
    /// should be. The default allows no failure at all.
    /// </summary>
    public virtual string? Judge(RequestRecord request, FaultTimes times) => "it had a healthy endpoint";
}
