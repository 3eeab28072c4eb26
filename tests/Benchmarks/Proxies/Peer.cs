using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Proxies;

/// <summary>
/// A proxy that can be put into the chain on both sides. Each is limited to one thread or worker; the client's certificate is checked and
/// the client authorised by its name; TLS 1.3 with TLS_AES_128_GCM_SHA256.
/// </summary>
internal abstract class Peer(string name)
{
    public const string CipherSuite = "TLS_AES_128_GCM_SHA256";
    public const string Curves = "X25519:P-256";

    /// <summary>Descriptors allow a few more connections than the measurements open.</summary>
    public const int MaximumConnections = 9_900;

    /// <summary>As tables name it.</summary>
    public string Name { get; } = name;

    /// <summary>Whether the server's side speaks HTTP/2 to the backend.</summary>
    public virtual bool WantsHttp2Backend => false;

    /// <summary>Starts both proxies and waits until they listen.</summary>
    /// <exception cref="BenchmarkException">One of them does not start; with what it says.</exception>
    public virtual ProxyPair Start(Lab lab, int backendPort)
    {
        var plan = PairPlan.Make(lab, GetType().Name, backendPort);
        var started = new List<ChildProcess>();
        try
        {
            // With two processors, each of the two has one to itself as far as the load and the backend leave it.
            foreach (var (role, processor) in new[] { (Identities.Server, 1), (Identities.Client, 0) })
            {
                var process = ChildProcess.Start(
                    Command(plan, role), plan.Path($"{role}.log"), processor < Environment.ProcessorCount ? processor : null);
                started.Insert(0, process);
                lab.WaitForPort(plan.Listen(role), process, $"{Name}, {role} side,");
            }
            return new ProxyPair(plan.ClientPort, [.. started]);
        }
        catch
        {
            started.ForEach(process => process.Dispose());
            throw;
        }
    }

    /// <summary>Writes the configuration of one side.</summary>
    /// <returns>The command that runs it in the foreground.</returns>
    protected abstract IReadOnlyList<string> Command(PairPlan plan, string role);
}
