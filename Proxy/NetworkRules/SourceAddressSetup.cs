using Mesh.Proxy.Netns;

namespace Mesh.Proxy.NetworkRules;

/// <summary>
/// Lets the proxy connect to a pod's application from the client's own address: nftables rules and policy routing in the pod's network
/// namespace that bring the application's answers back to the proxy instead of sending them out to the client. Why each is needed:
/// docs/adr/0011-source-address.md.
/// </summary>
internal sealed class SourceAddressSetup(Nftables nftables)
{
    /// <summary>Takes the table away. Harmless when it is not there.</summary>
    public const string RemovalScript = "add table inet mesh_source\ndelete table inet mesh_source\n";

    /// <summary>One transaction that puts the table as it must be, whatever was there.</summary>
    public static string Script { get; } =
        $$"""
        {{RemovalScript}}table inet mesh_source {
          chain separate {
            type filter hook prerouting priority raw; policy accept;
            iifname != "lo" meta l4proto tcp ct original zone set {{SourceRouting.Mark}}
          }
          chain answers {
            type route hook output priority mangle; policy accept;
            meta mark {{SourceRouting.Mark}} ct mark set {{SourceRouting.Mark}} return
            ct direction reply ct mark {{SourceRouting.Mark}} meta mark set {{SourceRouting.Mark}}
          }
        }

        """;

    /// <summary>Puts rules and routes in place; when one of them is refused, none stays.</summary>
    /// <returns>Null, or why the pod's application will see its own address instead of its clients'.</returns>
    public async Task<string?> TryApplyAsync(NetworkNamespace netns, CancellationToken cancellationToken)
    {
        try
        {
            await SourceRouting.AddAsync(netns);
            await nftables.ApplyAsync(netns, Script, cancellationToken);
            return null;
        }
        catch (Exception refused) when (refused is NetworkRulesException or IOException)
        {
            await TryRemoveAsync(netns, cancellationToken);
            return refused.Message;
        }
    }

    /// <summary>Takes rules and routes away, each even where another cannot be.</summary>
    /// <returns>Null, or what is left and why.</returns>
    public async Task<string?> TryRemoveAsync(NetworkNamespace netns, CancellationToken cancellationToken)
    {
        string? left = null;
        try
        {
            await nftables.ApplyAsync(netns, RemovalScript, cancellationToken);
        }
        catch (Exception refused) when (refused is NetworkRulesException or IOException)
        {
            left = refused.Message;
        }
        try
        {
            await SourceRouting.RemoveAsync(netns);
        }
        catch (IOException refused)
        {
            left ??= refused.Message;
        }
        return left;
    }
}
