using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Node;

/// <summary>Runs the node's chain of CNI plugins (CNI specification 0.4) for a pod.</summary>
internal sealed class CniChain(NodeView view, string nodeDirectory, TimeProvider time)
{
    private static readonly TimeSpan PluginPatience = TimeSpan.FromSeconds(30);
    private static readonly string[] Extensions = [".conflist", ".conf", ".json"];

    private string ConfigurationDirectory => Path.Join(nodeDirectory, "etc/cni/net.d");

    /// <summary>The node's configuration as it is now: the first file in lexical order. Null when there is none.</summary>
    public JsonObject? Configuration()
    {
        var file = Directory.EnumerateFiles(ConfigurationDirectory).Where(f => Extensions.Contains(Path.GetExtension(f)))
            .Order(StringComparer.Ordinal).FirstOrDefault();
        if (file is null)
        {
            return null;
        }
        try
        {
            var json = JsonNode.Parse(File.ReadAllText(file)) as JsonObject ?? throw new SandboxException($"{file} is no JSON object");
            return json.ContainsKey("plugins")
                ? json
                : new JsonObject { ["cniVersion"] = json["cniVersion"]?.DeepClone(), ["name"] = json["name"]?.DeepClone(), ["plugins"] = new JsonArray(json.DeepClone()) };
        }
        catch (JsonException exception)
        {
            throw new SandboxException($"CNI configuration {file} is not valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>Connects a network namespace; returns the pod's addresses, IPv4 first.</summary>
    /// <exception cref="SandboxException">A plugin refused; everything done so far is undone by <see cref="DeleteAsync"/>.</exception>
    public async Task<IReadOnlyList<IPAddress>> AddAsync(JsonObject configuration, PodIdentity pod, CancellationToken cancellationToken)
    {
        JsonNode? previous = null;
        foreach (var plugin in Plugins(configuration))
        {
            previous = await RunAsync("ADD", configuration, plugin, pod, previous, cancellationToken) ?? previous;
        }
        var addresses = (previous?["ips"] as JsonArray ?? []).Select(ip => (string?)ip?["address"]).OfType<string>()
            .Select(address => IPAddress.Parse(address.Split('/')[0])).OrderBy(address => address.AddressFamily).ToList();
        return addresses.Count > 0 ? addresses : throw new SandboxException("the CNI plugins gave the pod no address");
    }

    /// <summary>Disconnects, in reverse order; each plugin is asked even when another fails. Returns what went wrong, or null.</summary>
    public async Task<string?> DeleteAsync(JsonObject configuration, PodIdentity pod, CancellationToken cancellationToken)
    {
        string? problem = null;
        foreach (var plugin in Plugins(configuration).Reverse())
        {
            try
            {
                await RunAsync("DEL", configuration, plugin, pod, null, cancellationToken);
            }
            catch (SandboxException exception)
            {
                problem ??= exception.Message;
            }
        }
        return problem;
    }

    private static IEnumerable<JsonObject> Plugins(JsonObject configuration) =>
        (configuration["plugins"] as JsonArray ?? []).OfType<JsonObject>();

    private async Task<JsonNode?> RunAsync(
        string command, JsonObject configuration, JsonObject plugin, PodIdentity pod, JsonNode? previous, CancellationToken cancellationToken)
    {
        var type = (string?)plugin["type"] ?? throw new SandboxException("a CNI plugin in the node's configuration has no type");
        var input = (JsonObject)plugin.DeepClone();
        input["cniVersion"] = (string?)configuration["cniVersion"] ?? "0.4.0";
        input["name"] = (string?)configuration["name"] ?? "sandbox";
        if (previous is not null)
        {
            input["prevResult"] = previous.DeepClone();
        }
        var directories = new[] { "/opt/cni/bin", NodeDirectory.StandardCniPlugins ?? "/usr/lib/cni" };
        var path = directories.Select(d => Path.Join(d == "/opt/cni/bin" ? Path.Join(nodeDirectory, d) : d, type))
            .Zip(directories, (real, d) => (Real: real, Seen: Path.Join(d, type))).FirstOrDefault(p => Path.Exists(p.Real)).Seen
            ?? throw new SandboxException($"CNI plugin \"{type}\" is neither in the node's /opt/cni/bin nor in {directories[1]}");
        var environment = new Dictionary<string, string>
        {
            ["CNI_COMMAND"] = command,
            ["CNI_CONTAINERID"] = pod.SandboxId,
            ["CNI_NETNS"] = NetworkNamespaces.PathOf(pod.NetworkNamespace),
            ["CNI_IFNAME"] = "eth0",
            ["CNI_ARGS"] =
                $"IgnoreUnknown=1;K8S_POD_NAMESPACE={pod.Namespace};K8S_POD_NAME={pod.Name};K8S_POD_INFRA_CONTAINER_ID={pod.SandboxId};K8S_POD_UID={pod.Uid}",
            ["CNI_PATH"] = string.Join(':', directories),
        };
        using var timeout = new CancellationTokenSource(PluginPatience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var result = await view.RunAsync([path], environment, input.ToJsonString(), linked.Token);
            if (!result.Succeeded)
            {
                throw new SandboxException($"CNI plugin \"{type}\" failed ({command}): {Problem(result)}");
            }
            return result.Output.Trim().Length == 0 ? null : JsonNode.Parse(result.Output);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new SandboxException($"CNI plugin \"{type}\" did not answer within {PluginPatience.TotalSeconds:0} s ({command})");
        }
        catch (JsonException exception)
        {
            throw new SandboxException($"CNI plugin \"{type}\" printed something that is not JSON: {exception.Message}", exception);
        }
    }

    // Plugins report errors as JSON on standard output.
    private static string Problem(CommandResult result)
    {
        try
        {
            if (JsonNode.Parse(result.Output) is { } json && (string?)json["msg"] is { } message)
            {
                return $"{message} {(string?)json["details"]}".Trim();
            }
        }
        catch (JsonException)
        {
            // Not JSON: both streams as they are.
        }
        return $"{result.Output.Trim()} {result.Error.Trim()} (exit code {result.ExitCode})".Trim();
    }
}
