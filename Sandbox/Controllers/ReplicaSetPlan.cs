using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>
/// How many replicas each ReplicaSet of a Deployment should have right now. Follows kubernetes/pkg/controller/deployment: never more
/// than replicas + maxSurge pods, never fewer than replicas − maxUnavailable available ones.
/// </summary>
internal sealed class ReplicaSetPlan
{
    public const string HashLabel = "pod-template-hash";
    public const string RevisionAnnotation = "deployment.kubernetes.io/revision";

    private readonly StoredObject _deployment;
    private readonly StoredObject? _current;
    private readonly List<StoredObject> _old;
    private readonly Func<StoredObject, bool> _hasPods;
    private readonly int _wanted;

    /// <param name="deployment">The deployment.</param>
    /// <param name="current">The set of its present template; null before there is one.</param>
    /// <param name="sets">All its sets.</param>
    /// <param name="hasPods">Whether a set still has pods, ending ones included.</param>
    public ReplicaSetPlan(StoredObject deployment, StoredObject? current, List<StoredObject> sets, Func<StoredObject, bool> hasPods)
    {
        _deployment = deployment;
        _current = current;
        _old = sets.FindAll(s => s.Uid != current?.Uid);
        _hasPods = hasPods;
        _wanted = (int)(deployment.Json.Integer("spec", "replicas") ?? 1);
    }

    private bool IsRecreate => _deployment.Json.Text("spec", "strategy", "type") == "Recreate";

    public static long Revision(StoredObject set) =>
        long.TryParse(set.Json.Text("metadata", "annotations", RevisionAnnotation), out var r) ? r : 0;

    public static long NextRevision(List<StoredObject> sets) => sets.Select(Revision).DefaultIfEmpty(0).Max() + 1;

    public static int MaxSurge(StoredObject deployment) =>
        deployment.Json.Text("spec", "strategy", "type") == "Recreate" ? 0 : Resolve(deployment, "maxSurge", Math.Ceiling);

    public static int MaxUnavailable(StoredObject deployment)
    {
        if (deployment.Json.Text("spec", "strategy", "type") == "Recreate")
        {
            return 0;
        }
        var number = Resolve(deployment, "maxUnavailable", Math.Floor);
        // Both zero would never move.
        return number == 0 && MaxSurge(deployment) == 0 ? 1 : (int)Math.Min(number, deployment.Json.Integer("spec", "replicas") ?? 1);
    }

    /// <summary>With how many replicas a set for a new template begins.</summary>
    public int ForNew()
    {
        if (IsRecreate)
        {
            return _old.Exists(s => Wanted(s) > 0 || _hasPods(s)) ? 0 : _wanted;
        }
        var room = _wanted + MaxSurge(_deployment) - _old.Sum(Wanted);
        return Math.Clamp(room, 0, _wanted);
    }

    public IEnumerable<(StoredObject Set, int Replicas)> Replicas()
    {
        if (_current is null || _deployment.Json.Flag("spec", "paused") == true)
        {
            // A paused deployment can still be scaled, but not moved.
            var active = _old.Append(_current).OfType<StoredObject>().Where(s => Wanted(s) > 0).ToList();
            return active.Count == 1 ? [(active[0], _wanted)] : [];
        }
        return IsRecreate ? Recreate(_current) : Roll(_current);
    }

    private IEnumerable<(StoredObject, int)> Recreate(StoredObject current)
    {
        foreach (var set in _old)
        {
            yield return (set, 0);
        }
        if (!_old.Exists(s => Wanted(s) > 0 || _hasPods(s)))
        {
            yield return (current, _wanted);
        }
    }

    private IEnumerable<(StoredObject, int)> Roll(StoredObject current)
    {
        var total = _old.Sum(Wanted) + Wanted(current);
        var grown = Wanted(current);
        if (grown > _wanted)
        {
            grown = _wanted;
        }
        else if (grown < _wanted)
        {
            grown += Math.Clamp(_wanted + MaxSurge(_deployment) - total, 0, _wanted - grown);
        }
        yield return (current, grown);

        var floor = _wanted - MaxUnavailable(_deployment);
        var notYet = Math.Max(0, grown - Available(current));
        var removable = total - Wanted(current) + grown - floor - notYet;
        var available = _old.Sum(Available) + Math.Min(Available(current), grown);
        foreach (var set in _old.OrderBy(Revision))
        {
            var keep = Wanted(set);
            // Pods that do not work anyway go first and cost no availability.
            var broken = Math.Clamp(Math.Min(keep - Available(set), removable), 0, keep);
            keep -= broken;
            removable -= broken;
            var spare = Math.Clamp(Math.Min(available - floor, removable), 0, keep);
            keep -= spare;
            removable -= spare;
            available -= spare;
            yield return (set, keep);
        }
    }

    private static int Wanted(StoredObject set) => (int)(set.Json.Integer("spec", "replicas") ?? 0);

    private static int Available(StoredObject set) => (int)(set.Json.Integer("status", "availableReplicas") ?? 0);

    private static int Resolve(StoredObject deployment, string field, Func<double, double> round)
    {
        var value = deployment.Json.At("spec", "strategy", "rollingUpdate", field);
        if (value.Integer() is { } number)
        {
            return (int)number;
        }
        var percent = value.Text()?.TrimEnd('%') is { } text && double.TryParse(text, out var parsed) ? parsed : 25;
        return (int)round((deployment.Json.Integer("spec", "replicas") ?? 1) * percent / 100);
    }
}
