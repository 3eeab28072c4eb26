namespace Mesh.Interfaces.Policies;

/// <summary>
/// Writes the status conditions of one namespace's policy objects and routes, and warns of annotations that cannot be used. Key: <see cref="Keys.NamespaceKey"/>; lives in that cluster. Its single
/// activation is the leader election.
/// </summary>
[Alias("mesh.IPolicyStatusGrain")]
public interface IPolicyStatusGrain : IGrainWithStringKey
{
    /// <summary>
    /// Compares the conditions that are with those that should be, now. Called by every silo of the cluster for each namespace with policy
    /// objects when one changes, and every few seconds; in between the grain follows changes by itself.
    /// </summary>
    [Alias("Reconcile")]
    Task Reconcile(CancellationToken cancellationToken = default);
}
