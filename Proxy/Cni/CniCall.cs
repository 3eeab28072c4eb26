using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Proxy.Cni;

/// <summary>One invocation of the plugin, read from its environment and standard input (CNI specification 0.3.1, 0.4.0, 1.0.0).</summary>
internal sealed record CniCall
{
    /// <summary>The versions of the specification that this plugin answers to.</summary>
    public static readonly string[] SupportedVersions = ["0.3.1", "0.4.0", "1.0.0"];

    private static readonly string[] DefaultExclusions = ["kube-system", "mesh-system"];

    /// <summary>ADD, DEL, CHECK or VERSION.</summary>
    public required string Command { get; init; }

    public string CniVersion { get; init; } = "1.0.0";

    public string ContainerId { get; init; } = string.Empty;

    /// <summary>Path of the pod's network namespace; may be empty for DEL.</summary>
    public string NetnsPath { get; init; } = string.Empty;

    public string Interface { get; init; } = string.Empty;

    /// <summary>Empty when the runtime is not Kubernetes'.</summary>
    public string PodNamespace { get; init; } = string.Empty;

    public string PodName { get; init; } = string.Empty;

    /// <summary>Empty when the runtime does not say.</summary>
    public string PodUid { get; init; } = string.Empty;

    /// <summary>The node proxy's Unix socket.</summary>
    public string Socket { get; init; } = "/run/mesh/cni.sock";

    /// <summary>Namespaces whose pods are never handed over.</summary>
    public IReadOnlyList<string> ExcludedNamespaces { get; init; } = DefaultExclusions;

    /// <summary>What the plugins before this one made; null when there is none.</summary>
    public JsonNode? PreviousResult { get; init; }

    /// <summary>The pod's addresses according to <see cref="PreviousResult"/>.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <param name="environment">Reads an environment variable; null when it is not set.</param>
    /// <param name="input">All of standard input.</param>
    /// <exception cref="CniException">Something required is missing or malformed.</exception>
    public static CniCall Read(Func<string, string?> environment, string input)
    {
        var command = environment("CNI_COMMAND");
        if (command is not ("ADD" or "DEL" or "CHECK" or "VERSION"))
        {
            throw new CniException(
                CniErrorCode.InvalidEnvironment,
                string.IsNullOrEmpty(command) ? "CNI_COMMAND is not set" : $"CNI_COMMAND is '{command}', which this plugin does not know",
                "A container runtime calls this program; to try it by hand, see the CNI specification.");
        }
        var configuration = ReadConfiguration(input, command);
        var version = ReadVersion(configuration, command);
        if (command == "VERSION")
        {
            return new CniCall { Command = command, CniVersion = version };
        }
        var arguments = ReadArguments(environment("CNI_ARGS"));
        var previous = configuration["prevResult"];
        if (previous is not (null or JsonObject))
        {
            throw new CniException(CniErrorCode.Decoding, "prevResult is not a JSON object");
        }
        if (command is "ADD" or "CHECK" && previous is null)
        {
            throw new CniException(
                CniErrorCode.InvalidConfiguration, "there is no prevResult",
                "mesh-cni does not make interfaces: it must come after the cluster's own plugin in a .conflist.");
        }
        return new CniCall
        {
            Command = command,
            CniVersion = version,
            ContainerId = Required(environment, "CNI_CONTAINERID"),
            NetnsPath = command == "DEL" ? environment("CNI_NETNS") ?? string.Empty : Required(environment, "CNI_NETNS"),
            Interface = Required(environment, "CNI_IFNAME"),
            PodNamespace = arguments.GetValueOrDefault("K8S_POD_NAMESPACE", string.Empty),
            PodName = arguments.GetValueOrDefault("K8S_POD_NAME", string.Empty),
            PodUid = arguments.GetValueOrDefault("K8S_POD_UID", string.Empty),
            Socket = ReadText(configuration, "socket") ?? "/run/mesh/cni.sock",
            ExcludedNamespaces = ReadTexts(configuration, "excludeNamespaces") ?? DefaultExclusions,
            PreviousResult = previous,
            Addresses = ReadAddresses(previous),
        };
    }

    private static JsonObject ReadConfiguration(string input, string command)
    {
        if (command == "VERSION" && string.IsNullOrWhiteSpace(input))
        {
            return [];
        }
        try
        {
            return JsonNode.Parse(input) as JsonObject
                ?? throw new CniException(CniErrorCode.Decoding, "the network configuration on standard input is not a JSON object");
        }
        catch (JsonException malformed)
        {
            throw new CniException(
                CniErrorCode.Decoding, "the network configuration on standard input is not JSON", malformed.Message);
        }
    }

    private static string ReadVersion(JsonObject configuration, string command)
    {
        var version = ReadText(configuration, "cniVersion");
        if (version is null)
        {
            return command == "VERSION"
                ? "1.0.0"
                : throw new CniException(CniErrorCode.InvalidConfiguration, "the network configuration has no cniVersion");
        }
        if (command != "VERSION" && !SupportedVersions.Contains(version))
        {
            throw new CniException(
                CniErrorCode.IncompatibleVersion, $"cniVersion {version} is not supported",
                $"mesh-cni supports {string.Join(", ", SupportedVersions)}: set one of them in the node's .conflist.");
        }
        return version;
    }

    private static string Required(Func<string, string?> environment, string name)
    {
        var value = environment(name);
        return string.IsNullOrEmpty(value)
            ? throw new CniException(CniErrorCode.InvalidEnvironment, $"{name} is not set")
            : value;
    }

    // "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=bb-1;…"
    private static Dictionary<string, string> ReadArguments(string? text)
    {
        var arguments = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in (text ?? string.Empty).Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new CniException(CniErrorCode.InvalidEnvironment, $"CNI_ARGS has '{pair}', which is not NAME=VALUE");
            }
            arguments[pair[..equals]] = pair[(equals + 1)..];
        }
        return arguments;
    }

    private static string? ReadText(JsonObject configuration, string name) => configuration[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => throw new CniException(CniErrorCode.InvalidConfiguration, $"{name} in the network configuration is not a string"),
    };

    private static string[]? ReadTexts(JsonObject configuration, string name) => configuration[name] switch
    {
        null => null,
        JsonArray array when array.All(item => item?.GetValueKind() == JsonValueKind.String) =>
            [.. array.Select(item => item!.GetValue<string>())],
        _ => throw new CniException(CniErrorCode.InvalidConfiguration, $"{name} in the network configuration is not a list of strings"),
    };

    private static List<string> ReadAddresses(JsonNode? result)
    {
        var addresses = new List<string>();
        if (result is not JsonObject || result["ips"] is not JsonArray ips)
        {
            return addresses;
        }
        foreach (var item in ips)
        {
            if (item is not JsonObject ip || ReadText(ip, "address") is not { } text
                || !IPAddress.TryParse(text.Split('/')[0], out var address))
            {
                throw new CniException(CniErrorCode.Decoding, "an address in prevResult.ips cannot be read");
            }
            addresses.Add(address.ToString());
        }
        return addresses;
    }
}
