using Mesh.Grains.Ports;
using Mesh.Silo.Hosting;
using Mesh.Silo.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SiloOptions = Mesh.Silo.Configuration.SiloOptions;

namespace Mesh.Conformance.TestSilo;

/// <summary>Makes a host a silo, as the mesh's silos are made, with times short enough for tests.</summary>
public static class TestSiloHost
{
    /// <summary>Services that are there before keep their place.</summary>
    public static void Configure(IHostApplicationBuilder builder, TestSiloSpec spec)
    {
        builder.Logging.ClearProviders();
        if (Environment.GetEnvironmentVariable("MESH_TEST_LOG") is { Length: > 0 } level)
        {
            builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(Enum.Parse<LogLevel>(level));
        }
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new SiloOptions
        {
            ClusterName = spec.Cluster,
            PodName = spec.Name,
            PodIp = spec.Address.Address.ToString(),
            SiloPort = spec.Port,
            IssuerCertificatePath = spec.Meeting.IssuerCertificate,
            IssuerKeyPath = spec.Meeting.IssuerKey,
            TrustAnchorsPath = spec.Meeting.Anchors,
        });
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<IssuerStore>();
        builder.Services.AddSingleton<IdentityMetrics>();
        builder.Services.AddSingleton<CertificateAuthority>();
        builder.Services.AddSingleton<SiloCertificate>();
        builder.Services.AddSingleton<PeerVerifier>();
        builder.Services.AddSingleton<IMeshMembership, MeshMembership>();
        builder.UseOrleans(silo =>
        {
            TestEngine.AddMeeting(silo, spec);
            silo.AddMeshSilo(spec.Cluster);
            TestEngine.Hurry(silo, spec);
        });
    }

    /// <summary>The silos that the silo of these services knows.</summary>
    public static IReadOnlyList<TestMember> Members(IServiceProvider services) =>
        [.. services.GetRequiredService<ISiloMembers>().Current.Select(m => new TestMember(m.Address, m.Cluster, m.Alive))];

    /// <summary>Calls back when <see cref="Members"/> may have changed, on any thread.</summary>
    public static void OnMembersChanged(IServiceProvider services, Action callback) =>
        services.GetRequiredService<ISiloMembers>().Changed += callback;
}
