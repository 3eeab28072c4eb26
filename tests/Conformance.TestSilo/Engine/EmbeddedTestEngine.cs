using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Embedded.Hosting;

namespace Mesh.Conformance.TestSilo;

/// <summary>The embedded engine in tests.</summary>
internal static class TestEngine
{
    /// <summary>Silos leave their addresses in the meeting's folder, as files without content.</summary>
    public static void AddMeeting(ISiloBuilder silo, TestSiloSpec spec)
    {
        var folder = Directory.CreateDirectory(Path.Combine(spec.Meeting.Folder, "silos"));
        File.WriteAllBytes(Path.Combine(folder.FullName, $"{spec.Port}"), []);
        silo.Services.AddSingleton<ISeedProvider>(new FolderSeeds(folder, spec.Port));
    }

    public static void Hurry(ISiloBuilder silo, TestSiloSpec spec) => silo.Services.Configure<EmbeddedSiloOptions>(options =>
    {
        options.ListenEndPoint = spec.Listen;
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(200);
        options.DeadAfter = TimeSpan.FromSeconds(2);
        options.SeedInterval = TimeSpan.FromMilliseconds(300);
        options.JoinTimeout = TimeSpan.FromSeconds(1);
        options.ShutdownTimeout = TimeSpan.FromSeconds(10);
    });

    private sealed class FolderSeeds(DirectoryInfo folder, int self) : ISeedProvider
    {
        public ValueTask<IReadOnlyCollection<IPEndPoint>> GetSeedsAsync(CancellationToken cancellationToken) => new(
        [
            .. folder.GetFiles().Select(file => int.Parse(file.Name)).Where(port => port != self)
                .Select(port => new IPEndPoint(IPAddress.Loopback, port)),
        ]);
    }
}
