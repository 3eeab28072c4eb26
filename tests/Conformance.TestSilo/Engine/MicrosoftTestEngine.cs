using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Mesh.Conformance.TestSilo;

/// <summary>Microsoft's engine in tests.</summary>
internal static class TestEngine
{
    /// <summary>The membership table is a file in the meeting's folder.</summary>
    public static void AddMeeting(ISiloBuilder silo, TestSiloSpec spec) =>
        silo.Services.AddSingleton<IMembershipTable>(new MicrosoftFileTable(Path.Combine(spec.Meeting.Folder, "membership.json")));

    public static void Hurry(ISiloBuilder silo, TestSiloSpec spec)
    {
        silo.Services.Configure<EndpointOptions>(options => options.SiloListeningEndpoint = spec.Listen);
        silo.Services.Configure<ClusterMembershipOptions>(options =>
        {
            options.ProbeTimeout = TimeSpan.FromMilliseconds(500);
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(1);
            options.TableRefreshTimeout = TimeSpan.FromMilliseconds(500);
        });
    }
}
