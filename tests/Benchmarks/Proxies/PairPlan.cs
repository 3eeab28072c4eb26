using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Proxies;

/// <summary>Where the two proxies of a pair listen, where they forward to, and where their files are.</summary>
internal sealed record PairPlan(string Directory, int ClientPort, int ServerPort, int BackendPort, Identities Identities)
{
    public int Listen(string role) => role == Identities.Client ? ClientPort : ServerPort;

    public int Upstream(string role) => role == Identities.Client ? ServerPort : BackendPort;

    /// <summary>Writes a file of one of the two.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Directory, name);
        File.WriteAllText(path, text);
        return path;
    }

    public string Path(string name) => System.IO.Path.Combine(Directory, name);

    public static PairPlan Make(Lab lab, string name, int backendPort) =>
        new(lab.Folder(name), lab.Port(), lab.Port(), backendPort, lab.Identities);
}
