namespace Mesh.Benchmarks.Loads;

/// <summary>Connections that have carried one request each and then rest.</summary>
internal static class IdleConnections
{
    /// <summary>What <see cref="Hold"/> says when all are open.</summary>
    public const string Ready = "open";

    /// <summary>Opens them one after the other, says so, and holds them until the process is ended.</summary>
    public static void Hold(int port, string path, int count)
    {
        var request = HttpClientSocket.Request(path);
        var clients = new List<HttpClientSocket>(count);
        for (var i = 0; i < count; i++)
        {
            var client = new HttpClientSocket(port);
            client.Exchange(request);
            clients.Add(client);
        }
        Console.WriteLine(Ready);
        using var never = new ManualResetEventSlim();
        never.Wait();
        GC.KeepAlive(clients);
    }
}
