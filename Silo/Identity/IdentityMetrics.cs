using System.Diagnostics.Metrics;

namespace Mesh.Silo.Identity;

/// <summary>What the certificate authority counts.</summary>
internal sealed class IdentityMetrics
{
    public const string MeterName = "Mesh.Silo.Identity";

    private readonly Counter<long> _certificates;

    public IdentityMetrics(IMeterFactory meters, IssuerStore store)
    {
        var meter = meters.Create(MeterName);
        _certificates = meter.CreateCounter<long>("mesh.silo.certificates", "{certificate}", "Certificate requests, by result.");
        meter.CreateObservableGauge(
            "mesh.silo.issuer.expiry", () => store.Current.NotAfter.ToUnixTimeSeconds(), "s",
            "When the issuer's certificate ends, Unix time.");
    }

    public void Issued() => _certificates.Add(1, new KeyValuePair<string, object?>("result", "issued"));

    public void Refused() => _certificates.Add(1, new KeyValuePair<string, object?>("result", "refused"));
}
