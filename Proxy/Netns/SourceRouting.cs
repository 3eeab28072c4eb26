using System.Runtime.InteropServices;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Netns;

/// <summary>
/// The policy routing of a pod's network namespace by which answers to a connection that was made in a client's name come back to the
/// proxy: packets with the mark are delivered in the namespace, whatever their destination.
/// </summary>
internal static class SourceRouting
{
    /// <summary>The mark, and the number of the routing table and of the rule's priority.</summary>
    public const uint Mark = 1338;

    /// <summary>Puts rule and route there, for IPv4 and, where the namespace has it, IPv6. Harmless when they are there.</summary>
    /// <exception cref="IOException">The namespace cannot be entered, or the kernel refuses; what was added stays.</exception>
    public static Task AddAsync(NetworkNamespace netns) => netns.RunAsync(() =>
    {
        using var routes = RouteNetlink.Open();
        foreach (var v6 in Families())
        {
            Require(routes.AddLocalDefault(v6, Mark), RouteNetlink.AlreadyThere, "a local route", v6);
            Require(routes.AddMarkRule(v6, Mark, Mark), RouteNetlink.AlreadyThere, "a routing rule by mark", v6);
        }
        return true;
    });

    /// <summary>Takes rule and route away. Harmless when they are not there.</summary>
    /// <exception cref="IOException">The namespace cannot be entered, or the kernel refuses.</exception>
    public static Task RemoveAsync(NetworkNamespace netns) => netns.RunAsync(() =>
    {
        using var routes = RouteNetlink.Open();
        foreach (var v6 in Families())
        {
            Require(routes.RemoveMarkRule(v6, Mark, Mark), RouteNetlink.NotThere, "the removal of a routing rule", v6);
            Require(routes.RemoveLocalDefault(v6, Mark), RouteNetlink.NoSuchProcess, "the removal of a local route", v6);
        }
        return true;
    });

    // Read on a thread inside the namespace, whose own setting it is.
    private static bool[] Families()
    {
        const string Disabled = "/proc/sys/net/ipv6/conf/all/disable_ipv6";
        return File.Exists(Disabled) && File.ReadAllText(Disabled).Trim() == "0" ? [false, true] : [false];
    }

    private static void Require(int error, int harmless, string what, bool v6)
    {
        if (error != 0 && error != harmless)
        {
            throw new IOException(
                $"the kernel refuses {what} for {(v6 ? "IPv6" : "IPv4")}: {Marshal.GetPInvokeErrorMessage(error)}. "
                + "The proxy needs CAP_NET_ADMIN, and the node's kernel IP_MULTIPLE_TABLES and IPV6_MULTIPLE_TABLES.");
        }
    }
}
