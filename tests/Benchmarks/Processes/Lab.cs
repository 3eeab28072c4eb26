using System.Net;
using System.Net.Sockets;
using Mesh.Benchmarks.Proxies;

namespace Mesh.Benchmarks.Processes;

/// <summary>What every measurement needs: a folder for this run, certificates, free ports and a way to be interrupted.</summary>
internal sealed class Lab : IDisposable
{
    // Below the range from which the kernel takes the ports of outgoing connections.
    private const int FirstPort = 7001;
    private const int LastPort = 9999;
    private int _port = FirstPort;
    private int _folders;

    public Lab(Interruption interruption)
    {
        Interruption = interruption;
        Directory = System.IO.Directory.CreateTempSubdirectory("mesh-bench-").FullName;
        Identities = Identities.Issue(Path.Combine(Directory, "certificates"));
    }

    public Interruption Interruption { get; }

    public string Directory { get; }

    public Identities Identities { get; }

    /// <summary>The command that runs a verb of this program.</summary>
    public static IReadOnlyList<string> Self(params ReadOnlySpan<string> arguments) =>
        ["dotnet", Path.Combine(AppContext.BaseDirectory, "Mesh.Benchmarks.dll"), .. arguments];

    /// <summary>A port on loopback nobody listens at; never the same twice.</summary>
    public int Port()
    {
        while (_port <= LastPort)
        {
            var port = _port++;
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's; the next one.
            }
        }
        throw new BenchmarkException($"No port between {FirstPort} and {LastPort} is free. Run as root, to have a network of its own.");
    }

    /// <summary>A new folder.</summary>
    public string Folder(string name)
    {
        var folder = Path.Combine(Directory, $"{++_folders}-{name}");
        System.IO.Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Waits until <paramref name="port"/> is listened at.</summary>
    /// <exception cref="BenchmarkException">The process has ended, or ten seconds are over.</exception>
    public void WaitForPort(int port, ChildProcess process, string what)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            if (process.HasEnded)
            {
                break;
            }
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
                return;
            }
            catch (SocketException)
            {
                Interruption.Wait(TimeSpan.FromMilliseconds(50));
            }
        }
        throw new BenchmarkException($"{what} does not listen at port {port}. It says: {process.LogTail}");
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
