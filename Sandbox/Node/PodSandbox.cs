using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Node;

/// <summary>A pod's network namespace: made and connected before its first container, kept over restarts, removed with the pod.</summary>
internal sealed class PodSandbox(CniChain cni, PodIdentity pod, string directory)
{
    private sealed record Saved(IReadOnlyList<string> Addresses, JsonObject Configuration);

    private string StatePath => Path.Combine(directory, "sandbox.json");

    /// <summary>The addresses of a sandbox that an earlier agent made and that still exists; null when there is none.</summary>
    public IReadOnlyList<IPAddress>? Existing() => Load() is { Addresses.Count: > 0 } saved && NetworkNamespaces.Exists(pod.NetworkNamespace)
        ? [.. saved.Addresses.Select(IPAddress.Parse)] : null;

    /// <summary>Makes the sandbox; on failure nothing of it is left.</summary>
    /// <exception cref="SandboxException">Why it could not be made.</exception>
    public async Task<IReadOnlyList<IPAddress>> CreateAsync(CancellationToken cancellationToken)
    {
        var configuration = cni.Configuration()
            ?? throw new SandboxException("the node has no CNI configuration: /etc/cni/net.d is empty");
        try
        {
            // A namespace that an interrupted attempt left is not to be trusted.
            await NetworkNamespaces.DeleteAsync(pod.NetworkNamespace, cancellationToken);
            await NetworkNamespaces.CreateAsync(pod.NetworkNamespace, cancellationToken);
            // The node hands out addresses and gives none twice: a pod need not wait to find out whether somebody has its IPv6 address.
            await ExternalCommand.RequireAsync("nsenter",
                [
                    $"--net={NetworkNamespaces.PathOf(pod.NetworkNamespace)}", "sh", "-c",
                    "[ ! -e /proc/sys/net/ipv6 ] || echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad; exec ip link set lo up",
                ],
                null, cancellationToken);
            var addresses = await cni.AddAsync(configuration, pod, cancellationToken);
            Directory.CreateDirectory(directory);
            var temporary = StatePath + ".tmp";
            await File.WriteAllTextAsync(temporary, JsonSerializer.Serialize(new Saved([.. addresses.Select(address => address.ToString())], configuration)), cancellationToken);
            File.Move(temporary, StatePath, overwrite: true);
            return addresses;
        }
        catch (Exception exception) when (exception is SandboxException or OperationCanceledException)
        {
            await RemoveAsync(configuration);
            throw;
        }
    }

    /// <summary>Removes the sandbox if there is one. Returns what went wrong on the way, or null; the namespace is gone in any case.</summary>
    public async Task<string?> DeleteAsync() => await RemoveAsync(Load()?.Configuration);

    // Not cancellable: half a removal would leave an address taken.
    private async Task<string?> RemoveAsync(JsonObject? configuration)
    {
        string? problem = null;
        if (configuration is not null)
        {
            problem = await cni.DeleteAsync(configuration, pod, CancellationToken.None);
        }
        await NetworkNamespaces.DeleteAsync(pod.NetworkNamespace, CancellationToken.None);
        File.Delete(StatePath);
        return problem;
    }

    private Saved? Load()
    {
        try
        {
            return JsonSerializer.Deserialize<Saved>(File.ReadAllText(StatePath));
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }
}
