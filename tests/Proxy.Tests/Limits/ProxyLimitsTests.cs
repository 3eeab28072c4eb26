using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Limits;
using Mesh.Testing;

namespace Mesh.Proxy.Tests.Limits;

public sealed class ProxyLimitsTests
{
    [Fact]
    public void Table_InTheDocumentation_IsThatOfTheProxy()
    {
        var path = Path.Combine(Repository.Root, "docs", "proxy-options.md");
        Assert.True(
            File.ReadAllText(path).Contains(ProxyLimits.ToMarkdown(), StringComparison.Ordinal),
            $"docs/proxy-options.md must contain:\n{ProxyLimits.ToMarkdown()}");
    }

    [Fact]
    public void Apply_OfEverySetting_ChangesItAndNothingElse()
    {
        foreach (var setting in ProxyLimits.All)
        {
            var value = setting.Get(new DataPlaneOptions()) == setting.Minimum ? setting.Maximum : setting.Minimum;
            var changed = ProxyLimits.Apply(new DataPlaneOptions(), new Dictionary<string, long> { [setting.Variable] = value });
            Assert.Equal(value, setting.Get(changed));
            Assert.All(
                ProxyLimits.All.Where(other => other != setting), other => Assert.Equal(other.Get(new DataPlaneOptions()), other.Get(changed)));
        }
    }

    [Fact]
    public void Defaults_AreWithinTheirBounds() => Assert.All(
        ProxyLimits.All, setting => Assert.InRange(setting.Get(new DataPlaneOptions()), setting.Minimum, setting.Maximum));

    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("7s", 7000)]
    [InlineData("2m", 120_000)]
    public void Read_OfATime_KnowsItsUnit(string text, long milliseconds)
    {
        var errors = new List<string>();
        var values = ProxyLimits.Read(name => name == "MESH_LIMIT_HANDSHAKE_TIME" ? text : null, errors);
        Assert.Empty(errors);
        Assert.Equal(milliseconds, Assert.Single(values).Value);
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), ProxyLimits.Apply(new DataPlaneOptions(), values).HandshakeTimeout);
    }

    [Fact]
    public void ReadProxyOptions_WithLimitsThatCannotBe_NamesThemAll()
    {
        var wrong = new Dictionary<string, string>
        {
            ["MESH_LIMIT_HANDSHAKE_TIME"] = "5",
            ["MESH_LIMIT_DETECT_TIME"] = "1h",
            ["MESH_LIMIT_HEAD_TIME"] = "9999999999s",
            ["MESH_LIMIT_STREAMS"] = "0",
            ["MESH_LIMIT_SERIES"] = "many",
            ["MESH_LIMIT_HEADER_BYTES"] = "-4096",
            ["MESH_LIMIT_CONNECTIONS_PER_POD"] = "5s",
            ["MESH_TRACE_COLLECTOR"] = "collector:4317",
            ["MESH_ACCESS_LOG_PATH"] = "access.log",
        };
        var exception = Assert.Throws<ProxyOptionsException>(() => ProxyOptions.Read(name => name switch
        {
            "MESH_CLUSTER_NAME" => "east",
            "NODE_NAME" => "east-1",
            _ => wrong.GetValueOrDefault(name),
        }));
        Assert.All(wrong.Keys, name => Assert.Contains(name, exception.Message, StringComparison.Ordinal));
    }
}
