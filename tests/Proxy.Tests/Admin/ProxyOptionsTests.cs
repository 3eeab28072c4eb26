namespace Mesh.Proxy.Tests.Admin;

public sealed class ProxyOptionsTests
{
    [Fact]
    public void Read_WhatTheDaemonSetSets_FillsInTheRest()
    {
        var options = Read(("MESH_CLUSTER_NAME", "east"), ("NODE_NAME", "east-1"), ("POD_NAMESPACE", "mesh-two"));

        Assert.Equal(("mesh-node-api.mesh-two.svc.cluster.local", 8443), (options.SiloAddress.Host, options.SiloAddress.Port));
        Assert.Equal(["kube-system", "mesh-two"], options.ExcludedNamespaces);
        Assert.Equal("/run/mesh/cni.sock", options.CniSocket);
    }

    [Fact]
    public void Read_SeveralThingsWrong_NamesAll()
    {
        var wrong = Assert.Throws<ProxyOptionsException>(() => Read(
            ("MESH_CLUSTER_NAME", "east"), ("MESH_SILO_ADDRESS", "nowhere"), ("POD_IP", "here"), ("MESH_ADMIN_PORT", "70000"),
            ("MESH_STATE_DIRECTORY", "state"), ("MESH_LOG_LEVEL", "3")));

        foreach (var name in (string[])["NODE_NAME", "MESH_SILO_ADDRESS", "POD_IP", "MESH_ADMIN_PORT", "MESH_STATE_DIRECTORY", "MESH_LOG_LEVEL"])
        {
            Assert.Contains(name, wrong.Message, StringComparison.Ordinal);
        }
    }

    private static ProxyOptions Read(params (string Name, string Value)[] environment) =>
        ProxyOptions.Read(name => environment.FirstOrDefault(pair => pair.Name == name).Value);
}
