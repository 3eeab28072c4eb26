using System.Globalization;
using System.Text;
using Mesh.Proxy.Certificates;
using Mesh.Proxy.Cni;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Session;

namespace Mesh.Proxy.Admin;

/// <summary>The numbers of the proxy's control side, as Prometheus text; the data plane writes its own.</summary>
internal sealed class NodeMetrics(
    SessionKeeper session, ResourceStore resources, DestinationDemand demand, TrafficBuffer traffic, EnrolmentKeeper enrolments,
    WorkloadCertificates certificates, ProxyCertificate own, CniInstaller cni)
{
    /// <summary>All of them.</summary>
    public string Write()
    {
        var text = new StringBuilder(2048);
        Gauge(text, "mesh_proxy_session_up", "Whether there is a session with a silo.", session.IsConnected ? 1 : 0);
        Counter(text, "mesh_proxy_sessions_total", "Sessions with a silo begun.", session.Sessions);
        Counter(text, "mesh_proxy_session_failures_total", "Sessions lost and attempts that failed.", session.Failures);
        Gauge(text, "mesh_proxy_resources", "Resources of the control plane held.", resources.Count);
        Gauge(text, "mesh_proxy_destinations_demanded", "Destinations the node wants to be told about.", demand.Count);
        Gauge(text, "mesh_proxy_traffic_series_unsent", "Traffic series no silo has been told of yet.", traffic.Count);
        Counter(text, "mesh_proxy_traffic_series_dropped_total",
            "Reports dropped because too many series waited for a silo.", traffic.Dropped);
        Gauge(text, "mesh_proxy_pods_enrolled", "Pods whose traffic goes through the proxy.", enrolments.Enrolments.Count);
        Gauge(text, "mesh_proxy_pods_not_enrolled",
            "Meshed pods of the node that were started before the proxy and must be restarted.", enrolments.NotEnrolled.Count);
        Counter(text, "mesh_proxy_enrolment_failures_total", "Pods refused because they could not be enrolled.", enrolments.Failures);
        Gauge(text, "mesh_proxy_cni_installed", "Whether the CNI plugin is in the node's chain.", cni.State.Installed ? 1 : 0);
        Head(text, "mesh_proxy_certificate_expiry_seconds", "When a certificate in use expires, in Unix time.", "gauge");
        if (own.NotAfter is { } end)
        {
            text.Append(CultureInfo.InvariantCulture, $"mesh_proxy_certificate_expiry_seconds{{sa=\"\"}} {end.ToUnixTimeSeconds()}\n");
        }
        foreach (var (key, notAfter, _) in certificates.States)
        {
            if (notAfter is { } expiry)
            {
                var labels = $"namespace=\"{key.Namespace}\",sa=\"{key.ServiceAccount}\"";
                text.Append(CultureInfo.InvariantCulture,
                    $"mesh_proxy_certificate_expiry_seconds{{{labels}}} {expiry.ToUnixTimeSeconds()}\n");
            }
        }
        Gauge(text, "mesh_proxy_certificate_renewals_failing", "Service accounts whose last certificate request failed.",
            certificates.States.Count(state => state.Failures > 0));
        return text.ToString();
    }

    private static void Gauge(StringBuilder text, string name, string help, long value) => Single(text, name, help, "gauge", value);

    private static void Counter(StringBuilder text, string name, string help, long value) => Single(text, name, help, "counter", value);

    private static void Single(StringBuilder text, string name, string help, string type, long value)
    {
        Head(text, name, help, type);
        text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
    }

    private static void Head(StringBuilder text, string name, string help, string type) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
}
