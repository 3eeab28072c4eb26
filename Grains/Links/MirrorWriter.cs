using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Grains.Publishing;
using Mesh.Grains.Versions;
using Mesh.Interfaces.Links;

namespace Mesh.Grains.Links;

/// <summary>
/// Carries out mirror plans: writes what differs, once, and reports on the Link. It belongs to one grain and runs in its turns.
/// </summary>
internal sealed class MirrorWriter(IClusterWriter writer, TimeProvider time)
{
    private const int ConcurrentWrites = 8;

    private readonly RecentWrites<(string Namespace, string Name)> _mirrorWrites = new(time);
    private readonly RecentWrites<string> _statusWrites = new(time);
    private readonly RecentWrites<string> _conditionWrites = new(time);
    private ImmutableHashSet<ClusterEvent> _emitted = [];

    /// <returns>The plan's mirrors, those whose write failed with the condition Error.</returns>
    public async Task<ImmutableArray<MirrorStatus>> Carry(MirrorPlan plan, CancellationToken cancellationToken)
    {
        var failures = new Dictionary<(string, string), string>();
        foreach (var specs in plan.Applies.Chunk(ConcurrentWrites))
        {
            await Task.WhenAll(specs.Select(spec => Apply(spec, failures, cancellationToken)));
        }
        foreach (var gateway in plan.EndpointsToDelete)
        {
            var result = await writer.DeleteEndpoints(gateway.Namespace, gateway.Name, cancellationToken);
            if (!result.IsDone)
            {
                failures[(gateway.Namespace, gateway.Name)] = $"Its gateway endpoints could not be deleted: {result.Message}";
            }
        }
        await Delete(plan.Deletes, cancellationToken);
        await Emit(plan.Events, cancellationToken);
        return [.. plan.Mirrors.Select(mirror =>
            failures.TryGetValue((mirror.Remote.Namespace, mirror.LocalName), out var problem)
                ? mirror with { Mirrored = false, Reason = MirrorReasons.Error, Message = problem }
                : mirror)];
    }

    /// <summary>Deletes mirrors that should not be. A failure is made good by the next pass, which finds them still there.</summary>
    public async Task Delete(ImmutableArray<ObservedService> mirrors, CancellationToken cancellationToken)
    {
        foreach (var batch in mirrors.Where(mirror => !_mirrorWrites.Has((mirror.Namespace, mirror.Name), 0)).Chunk(ConcurrentWrites))
        {
            await Task.WhenAll(batch.Select(async mirror =>
            {
                var result = await writer.DeleteMirror(mirror.Namespace, mirror.Name, mirror.Uid, cancellationToken);
                if (result.IsDone)
                {
                    _mirrorWrites.Add((mirror.Namespace, mirror.Name), 0);
                }
            }));
        }
    }

    /// <summary>Records each event once, and again only after what it says had ceased to be so.</summary>
    public async Task Emit(ImmutableArray<ClusterEvent> events, CancellationToken cancellationToken)
    {
        foreach (var news in events.Where(news => !_emitted.Contains(news)))
        {
            if ((await writer.EmitEvent(news, cancellationToken)).IsDone)
            {
                _emitted = _emitted.Add(news);
            }
        }
        _emitted = _emitted.Intersect(events);
    }

    /// <summary>Writes status.mirrorServices if it says something else.</summary>
    public async Task Report(ObservedLink link, ImmutableArray<MirrorStatus> mirrors, CancellationToken cancellationToken)
    {
        var wanted = LinkStatusPlanner.Plan(link, mirrors, time.GetUtcNow());
        var hash = new ContentHash();
        foreach (var mirror in mirrors)
        {
            hash.Add(mirror.ToString());
        }
        if (LinkStatusPlanner.Differs(link, wanted) && !_statusWrites.Has(link.Uid, hash.Value)
            && (await writer.PatchLinkStatus(link, wanted, cancellationToken)).IsDone)
        {
            _statusWrites.Add(link.Uid, hash.Value);
        }
    }

    /// <summary>Writes status.conditions if it says something else.</summary>
    public async Task ReportState(ObservedLink link, LinkState state, string message, CancellationToken cancellationToken)
    {
        var wanted = LinkConditionPlanner.Plan(link, state, message, time.GetUtcNow());
        var version = new ContentHash();
        version.Add($"{state} {message}");
        if (LinkConditionPlanner.Differs(link, wanted) && !_conditionWrites.Has(link.Uid, version.Value)
            && (await writer.PatchLinkConditions(link, [wanted], cancellationToken)).IsDone)
        {
            _conditionWrites.Add(link.Uid, version.Value);
        }
    }

    private async Task Apply(MirrorServiceSpec spec, Dictionary<(string, string), string> failures, CancellationToken cancellationToken)
    {
        var name = (spec.Namespace, spec.Name);
        var version = Version(spec);
        if (_mirrorWrites.Has(name, version))
        {
            return;
        }
        var result = await writer.ApplyMirror(spec, cancellationToken);
        if (result.IsDone)
        {
            _mirrorWrites.Add(name, version);
            return;
        }
        _mirrorWrites.Forget(name);
        failures[name] = result.Outcome switch
        {
            WriteOutcome.AlreadyExists => "A service of that name exists and is not a mirror of this Link, so it is left alone. "
                + "Rename or delete it to have the service mirrored.",
            WriteOutcome.Refused => $"The API server refused the mirror: {result.Message}",
            _ => $"The mirror could not be written and will be tried again: {result.Message}",
        };
    }

    private static ulong Version(MirrorServiceSpec spec)
    {
        var hash = new ContentHash();
        foreach (var (key, value) in spec.Labels.Concat(spec.Annotations))
        {
            hash.Add(key);
            hash.Add(value);
        }
        foreach (var port in spec.Ports)
        {
            hash.Add(port.ToString());
        }
        foreach (var family in spec.IpFamilies.IsDefault ? [] : spec.IpFamilies)
        {
            hash.Add(family);
        }
        hash.Add(spec.DualStack ? 1 : 0);
        return hash.Value;
    }
}
