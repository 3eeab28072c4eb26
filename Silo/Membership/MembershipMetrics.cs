using System.Diagnostics.Metrics;
using Mesh.Kubernetes.Tokens;

namespace Mesh.Silo.Membership;

/// <summary>What can be measured of the home of the membership.</summary>
internal sealed class MembershipMetrics
{
    public const string MeterName = "Mesh.Silo.Membership";

    private readonly Counter<long> _renewals;

    public MembershipMetrics(IMeterFactory meters, MembershipHome home, TimeProvider time)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge(
            "mesh.silo.membership.home.reachable",
            () => new Measurement<int>(home.Problem is null ? 1 : 0, new KeyValuePair<string, object?>("home", home.Cluster)),
            description: "1 while the API of the cluster that keeps the membership answers.");
        meter.CreateObservableGauge(
            "mesh.silo.membership.token.remaining",
            () => home.Credentials is { } joined && TokenLifetime.Read(joined.Token) is { } life
                ? [new Measurement<double>((life.Expires - time.GetUtcNow()).TotalSeconds)]
                : Array.Empty<Measurement<double>>(),
            "s",
            "How long the token for the home's API is good for.");
        _renewals = meter.CreateCounter<long>("mesh.silo.membership.token.renewals", "{token}", "Tokens that this silo has renewed.");
    }

    public void Renewed() => _renewals.Add(1);
}
