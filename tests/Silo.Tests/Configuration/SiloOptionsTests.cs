using System.Collections;
using Mesh.Silo.Configuration;
using Mesh.Silo.Tests.Identity;

namespace Mesh.Silo.Tests.Configuration;

public sealed class SiloOptionsTests
{
    [Fact]
    public void Validate_GoodOptions_Succeeds()
    {
        using var pki = new Pki();
        Assert.True(new SiloOptionsValidator().Validate(null, pki.Options).Succeeded);
    }

    [Fact]
    public void Validate_EverythingWrong_ReportsEverything()
    {
        var options = new SiloOptions
        {
            ClusterName = "East!",
            TrustDomain = "Cluster Local",
            ClusterDomain = "",
            DefaultInboundPolicy = "allow",
            ClusterNetworks = "10.0.0.0/8,10.1.0.0/33,x",
            LogLevel = "loud",
            PodIp = "0.0.0.0",
            PodNamespace = "",
            IssuerCertificatePath = "/nowhere/tls.crt",
            IssuerKeyPath = "/nowhere/tls.key",
            TrustAnchorsPath = "/nowhere/ca-bundle.crt",
            SiloPort = 99999,
            VizPort = 8443,
            Seeds = "10.0.0.1:11111,10.0.0.2",
        };
        var failures = new SiloOptionsValidator().Validate(null, options).Failures!.ToArray();
        string[] expected =
        [
            "MESH_CLUSTER_NAME", "MESH_TRUST_DOMAIN", "MESH_CLUSTER_DOMAIN", "MESH_DEFAULT_INBOUND_POLICY", "'10.1.0.0/33'", "'x'", "MESH_LOG_LEVEL", "POD_IP",
            "POD_NAME ", "POD_NAMESPACE", "tls.crt", "tls.key", "ca-bundle.crt", "SiloPort is 99999", "NodeSessionPort and VizPort", "'10.0.0.2'",
        ];
        foreach (var part in expected)
        {
            Assert.Contains(failures, f => f.Contains(part, StringComparison.Ordinal));
        }
        Assert.Equal(expected.Length, failures.Length);
    }

    [Fact]
    public void Read_Environment_GivesOnlyWhatIsSet()
    {
        var environment = new Hashtable { ["MESH_CLUSTER_NAME"] = "east", ["POD_IP"] = "10.0.0.1", ["MESH_SEEDS"] = "", ["HOME"] = "/root" };
        var settings = SiloEnvironment.Read(environment);
        Assert.Equal(["Mesh:ClusterName", "Mesh:PodIp"], settings.Keys.Order());
        Assert.Equal("east", settings["Mesh:ClusterName"]);
    }
}
