using System.Collections.Immutable;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Resilience;

/// <summary>What a Service's annotations say of retries, time limits and circuit breaking.</summary>
/// <param name="Retry">Null: nothing is retried.</param>
/// <param name="Limits">Null: no time limits.</param>
/// <param name="Accrual">Null: no circuit breaking.</param>
/// <param name="Problems">The annotations that could not be used as they are.</param>
internal sealed record ServiceResilience(
    RetryPolicy? Retry, TimeLimits? Limits, FailureAccrual? Accrual, ImmutableArray<AnnotationProblem> Problems)
{
    /// <summary>For requests that no route is about; null when there is nothing to say.</summary>
    public TrafficSettings? Settings => SettingsOf(Retry, Limits);

    /// <summary>Reads the annotations of a Service.</summary>
    public static ServiceResilience Of(ImmutableSortedDictionary<string, string> annotations)
    {
        var reader = new AnnotationReader(annotations);
        var resilience = new ServiceResilience(RetryPlanner.Plan(reader), TimeLimits.Read(reader), FailureAccrualPlanner.Plan(reader), []);
        foreach (var unknown in annotations.Keys.Where(key => ResilienceAnnotations.IsOurs(key) && !ResilienceAnnotations.IsKnown(key)))
        {
            reader.Refuse(unknown, "it is not known and is ignored. Is it misspelt?");
        }
        return resilience with { Problems = [.. reader.Problems] };
    }

    public static TrafficSettings? SettingsOf(RetryPolicy? retry, TimeLimits? limits) =>
        retry is null && (limits is null or { IsEmpty: true })
            ? null
            : new TrafficSettings
            {
                Retry = retry,
                RequestTimeoutMs = limits?.Request ?? 0,
                ResponseTimeoutMs = limits?.Response ?? 0,
                IdleTimeoutMs = limits?.Idle ?? 0,
            };
}
