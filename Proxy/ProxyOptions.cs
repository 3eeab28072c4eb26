using System.Net;
using Mesh.Proxy.Limits;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy;

/// <summary>Settings of the node's proxy, from the environment of its container.</summary>
internal sealed record ProxyOptions
{
    private static readonly LogLevel[] LogLevels = [LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error];

    /// <summary>MESH_CLUSTER_NAME: the cluster's name in the mesh.</summary>
    public required string ClusterName { get; init; }

    /// <summary>NODE_NAME: this node, as Kubernetes names it.</summary>
    public required string NodeName { get; init; }

    /// <summary>MESH_TRUST_DOMAIN: the last part of every identity. Linkerd's default.</summary>
    public string TrustDomain { get; init; } = "cluster.local";

    /// <summary>POD_NAMESPACE: where the mesh itself lives.</summary>
    public string ControlNamespace { get; init; } = "mesh-system";

    /// <summary>MESH_SERVICE_ACCOUNT: the proxy's own; the silos know it by this name.</summary>
    public string ServiceAccount { get; init; } = "mesh-proxy";

    /// <summary>MESH_SILO_ADDRESS: where silos of the own cluster serve node sessions.</summary>
    public DnsEndPoint SiloAddress { get; init; } = new("mesh-node-api.mesh-system.svc.cluster.local", 8443);

    /// <summary>MESH_TOKEN_PATH: the projected service-account token, audience <c>mesh-node-api</c>; read again for every use.</summary>
    public string TokenPath { get; init; } = "/var/run/secrets/mesh/token";

    /// <summary>MESH_TRUST_ANCHORS_PATH: PEM; what a silo's certificate is verified against.</summary>
    public string TrustAnchorsPath { get; init; } = "/var/run/mesh/trust/ca-bundle.crt";

    /// <summary>MESH_STATE_DIRECTORY: outlives the node's proxy and reboots: enrolments and resources.</summary>
    public string StateDirectory { get; init; } = "/var/lib/mesh";

    /// <summary>MESH_RUN_DIRECTORY: outlives the proxy, not a reboot (a tmpfs): the CNI socket, private keys and certificates.</summary>
    public string RunDirectory { get; init; } = "/run/mesh";

    /// <summary>MESH_CNI_CONFIG_DIRECTORY: the node's CNI configuration.</summary>
    public string CniConfigDirectory { get; init; } = "/etc/cni/net.d";

    /// <summary>MESH_CNI_BIN_DIRECTORY: the node's CNI plugins.</summary>
    public string CniBinDirectory { get; init; } = "/opt/cni/bin";

    /// <summary>
    /// MESH_CNI_EXCLUDE_NAMESPACES, separated by commas: pods that are never handed over. What a silo needs to start must be here, since
    /// without a silo nothing else can be enrolled. The mesh's own namespace always is.
    /// </summary>
    public IReadOnlyList<string> ExcludedNamespaces { get; init; } = ["kube-system", "mesh-system"];

    /// <summary>POD_IP: where the admin endpoints listen. Any address when it is not set.</summary>
    public IPAddress AdminAddress { get; init; } = IPAddress.Any;

    /// <summary>MESH_ADMIN_PORT.</summary>
    public int AdminPort { get; init; } = 9990;

    /// <summary>MESH_LOG_LEVEL: the least severe of what is logged: trace, debug, information, warning or error.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>MESH_PROXY_LOOPS: data plane threads; 0 lets the data plane decide.</summary>
    public int Loops { get; init; }

    /// <summary>
    /// MESH_ACCESS_LOG_PATH: a file the access logs of pods that ask for one are added to. Standard output when it is not set.
    /// </summary>
    public string AccessLogPath { get; init; } = string.Empty;

    /// <summary>
    /// MESH_TRACE_COLLECTOR: the address of a collector of traces that takes OTLP over HTTP, such as http://collector.tracing:4318. No
    /// tracing when it is not set.
    /// </summary>
    public Uri? TraceCollector { get; init; }

    /// <summary>MESH_LIMIT_*: limits that are not their defaults, by variable.</summary>
    public IReadOnlyDictionary<string, long> Limits { get; init; } = new Dictionary<string, long>();

    /// <summary>How long an enrolment may take before the container runtime is told to try again later.</summary>
    public TimeSpan EnrolmentTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// MESH_DRAIN_SECONDS: how long connections may go on after another process has taken the node over. 120 s is how long Linkerd's proxy
    /// lets them (its shutdown grace period). The pod's terminationGracePeriodSeconds must be longer.
    /// </summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>
    /// How long requests may go on after SIGTERM when no other process has taken over: meanwhile nobody accepts connections on this node,
    /// so waiting for the last of the old ones costs new ones.
    /// </summary>
    public TimeSpan RestartDrainTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>POD_NAME: tells this process from another one on the same node.</summary>
    public string PodName { get; init; } = "mesh-proxy";

    /// <summary>Held by the one process that is the node's proxy.</summary>
    public string LockFile => Path.Combine(RunDirectory, "proxy.lock");

    /// <summary>Where the node's proxy hands over to the next process.</summary>
    public string SuccessionSocket => Path.Combine(RunDirectory, "succession.sock");

    /// <summary>Holds the <see cref="PodName"/> of the process that serves, or served last.</summary>
    public string ServingFile => Path.Combine(RunDirectory, "serving");

    public string CniSocket => Path.Combine(RunDirectory, "cni.sock");

    public string CertificateDirectory => Path.Combine(RunDirectory, "certificates");

    public string EnrolmentFile => Path.Combine(StateDirectory, "enrolments.json");

    public string ResourceFile => Path.Combine(StateDirectory, "resources.bin");

    /// <param name="environment">Reads an environment variable; null or empty: the default.</param>
    /// <exception cref="ProxyOptionsException">Names everything that is wrong.</exception>
    public static ProxyOptions Read(Func<string, string?> environment)
    {
        var errors = new List<string>();
        string Text(string name, string fallback) => environment(name) is { Length: > 0 } value ? value.Trim() : fallback;
        string Required(string name, string where)
        {
            var value = Text(name, string.Empty);
            if (value.Length == 0)
            {
                errors.Add($"{name} is not set: {where}");
            }
            return value;
        }
        string Directory(string name, string fallback)
        {
            var value = Text(name, fallback);
            if (!Path.IsPathRooted(value))
            {
                errors.Add($"{name} is '{value}': give an absolute path");
            }
            return value;
        }
        int Number(string name, int fallback, int minimum, int maximum)
        {
            var text = Text(name, string.Empty);
            if (text.Length == 0)
            {
                return fallback;
            }
            if (!int.TryParse(text, out var value) || value < minimum || value > maximum)
            {
                errors.Add($"{name} is '{text}': give a number from {minimum} to {maximum}");
                return fallback;
            }
            return value;
        }
        var controlNamespace = Text("POD_NAMESPACE", "mesh-system");
        var excluded = Text("MESH_CNI_EXCLUDE_NAMESPACES", "kube-system")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Append(controlNamespace).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var silo = Text("MESH_SILO_ADDRESS", $"mesh-node-api.{controlNamespace}.svc.{Text("MESH_CLUSTER_DOMAIN", "cluster.local")}:8443");
        var colon = silo.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(silo[(colon + 1)..], out var siloPort) || siloPort is <= 0 or > ushort.MaxValue)
        {
            errors.Add($"MESH_SILO_ADDRESS is '{silo}': give host:port");
            (silo, colon, siloPort) = ("none:1", 4, 1);
        }
        var podIp = Text("POD_IP", string.Empty);
        var address = IPAddress.Any;
        if (podIp.Length > 0 && !IPAddress.TryParse(podIp, out address))
        {
            errors.Add($"POD_IP is '{podIp}': give an IP address (in a pod: fieldRef status.podIP)");
        }
        var collector = Text("MESH_TRACE_COLLECTOR", string.Empty);
        if (collector.Length > 0 && (!Uri.TryCreate(collector, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")))
        {
            errors.Add($"MESH_TRACE_COLLECTOR is '{collector}': give the http:// or https:// address of a collector that takes OTLP over HTTP");
            collector = string.Empty;
        }
        var level = Text("MESH_LOG_LEVEL", "information");
        if (!Array.Exists(LogLevels, known => known.ToString().Equals(level, StringComparison.OrdinalIgnoreCase)))
        {
            errors.Add($"MESH_LOG_LEVEL is '{level}': give {string.Join(", ", LogLevels).ToLowerInvariant()}");
            level = nameof(LogLevel.Information);
        }
        var options = new ProxyOptions
        {
            LogLevel = Enum.Parse<LogLevel>(level, ignoreCase: true),
            ClusterName = Required("MESH_CLUSTER_NAME", "in a pod it comes from the ConfigMap mesh-config"),
            NodeName = Required("NODE_NAME", "in a pod: fieldRef spec.nodeName"),
            TrustDomain = Text("MESH_TRUST_DOMAIN", "cluster.local"),
            ControlNamespace = controlNamespace,
            ServiceAccount = Text("MESH_SERVICE_ACCOUNT", "mesh-proxy"),
            SiloAddress = new DnsEndPoint(silo[..colon].Trim('[', ']'), siloPort),
            TokenPath = Directory("MESH_TOKEN_PATH", "/var/run/secrets/mesh/token"),
            TrustAnchorsPath = Directory("MESH_TRUST_ANCHORS_PATH", "/var/run/mesh/trust/ca-bundle.crt"),
            StateDirectory = Directory("MESH_STATE_DIRECTORY", "/var/lib/mesh"),
            RunDirectory = Directory("MESH_RUN_DIRECTORY", "/run/mesh"),
            CniConfigDirectory = Directory("MESH_CNI_CONFIG_DIRECTORY", "/etc/cni/net.d"),
            CniBinDirectory = Directory("MESH_CNI_BIN_DIRECTORY", "/opt/cni/bin"),
            ExcludedNamespaces = excluded,
            AdminAddress = address ?? IPAddress.Any,
            AdminPort = Number("MESH_ADMIN_PORT", 9990, 0, ushort.MaxValue),
            PodName = Text("POD_NAME", "mesh-proxy"),
            DrainTimeout = TimeSpan.FromSeconds(Number("MESH_DRAIN_SECONDS", 120, 0, 24 * 3600)),
            TraceCollector = collector.Length > 0 ? new Uri(collector) : null,
            Limits = ProxyLimits.Read(environment, errors),
            AccessLogPath = Text("MESH_ACCESS_LOG_PATH", string.Empty).Length > 0 ? Directory("MESH_ACCESS_LOG_PATH", string.Empty) : string.Empty,
            Loops = Number("MESH_PROXY_LOOPS", 0, 0, 256),
        };
        return errors.Count == 0 ? options : throw new ProxyOptionsException(errors);
    }
}
