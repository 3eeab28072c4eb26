using Mesh.Kubernetes.Informers;
using Mesh.Kubernetes.Resources;

namespace Mesh.Sandbox.Network;

/// <summary>Keeps the node's rules for ClusterIPs in step with the API: every change is applied at once, changes that pile up together.</summary>
internal sealed partial class ServiceProxy(
    Informer<Service> services, Informer<EndpointSlice> slices, bool dualStack, ILogger<ServiceProxy> logger, TimeProvider time)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _changed = new(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        services.Changed += _ => Signal();
        slices.Changed += _ => Signal();
        await Task.WhenAll(services.Synced, slices.Synced).WaitAsync(cancellationToken);
        string? applied = null;
        while (true)
        {
            await _changed.WaitAsync(cancellationToken);
            var rules = ServiceRules.Render(services.Items, slices.Items, dualStack);
            if (rules == applied)
            {
                continue;
            }
            var result = await ExternalCommand.RunAsync("nft", ["-f", "-"], rules, cancellationToken);
            if (result.Succeeded)
            {
                applied = rules;
                continue;
            }
            LogFailed(result.Error.Trim());
            await Task.Delay(Retry, time, cancellationToken);
            Signal();
        }
    }

    private void Signal()
    {
        if (_changed.CurrentCount == 0)
        {
            _changed.Release();
        }
    }

    [LoggerMessage(3041, LogLevel.Error, "nft refused the rules of the services, trying again: {Problem}")]
    private partial void LogFailed(string problem);
}
