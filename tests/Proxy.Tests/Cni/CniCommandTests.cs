using System.Text.Json.Nodes;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Cni;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.NetworkRules;
using Mesh.Proxy.Tests.Enrolment;
using Mesh.Proxy.Tests.Netns;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.Cni;

public sealed class CniCommandTests : IAsyncLifetime
{
    private const string PreviousResult =
        """{"cniVersion":"1.0.0","interfaces":[{"name":"eth0"}],"ips":[{"address":"10.251.0.2/24"}],"dns":{},"kept":{"as":"it is"}}""";

    private readonly TemporaryDirectory _directory = new();
    private readonly TestNetwork _network = new();
    private readonly FakeDataPlane _dataPlane = new();
    private readonly FakeAuthority _authority = new();
    private readonly Dictionary<string, string?> _environment = [];
    private EnrolmentKeeper? _keeper;
    private HandoverServer? _server;

    public CniCommandTests()
    {
        _environment["CNI_COMMAND"] = "ADD";
        _environment["CNI_CONTAINERID"] = "c1";
        _environment["CNI_NETNS"] = _network.PodPath;
        _environment["CNI_IFNAME"] = "eth0";
        _environment["CNI_ARGS"] =
            "IgnoreUnknown=1;K8S_POD_NAMESPACE=mc-demo;K8S_POD_NAME=bb-1;K8S_POD_UID=u1;K8S_POD_INFRA_CONTAINER_ID=c1";
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.StopAsync(CancellationToken.None);
            _server.Dispose();
        }
        _keeper?.Dispose();
        _dataPlane.Die();
        _network.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Add_MeshedPod_EnrolsItAndPassesTheResultOn()
    {
        await StartProxyAsync();
        _authority.Set(new Pod { Uid = "u1", Namespace = "mc-demo", Name = "bb-1", ServiceAccount = "bb" });

        var (exitCode, output) = await RunAsync(Configuration());

        Assert.Equal(0, exitCode);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(PreviousResult), output));
        var enrolment = Assert.Single(_keeper!.Enrolments);
        Assert.Equal(("c1", "u1", "10.251.0.2"), (enrolment.ContainerId, enrolment.Uid, Assert.Single(enrolment.Addresses)));
        Assert.Contains("redirect to :15006", _network.Rules(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_PodThatIsNotMeshed_PassesTheResultOn()
    {
        await StartProxyAsync();
        _authority.NotMeshed.Add("u1");

        var (exitCode, output) = await RunAsync(Configuration());

        Assert.Equal(0, exitCode);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(PreviousResult), output));
        Assert.Empty(_network.Rules());
    }

    [Fact]
    public async Task Add_PodTheControlPlaneDoesNotKnow_IsAnErrorToTryAgain()
    {
        await StartProxyAsync();

        AssertError(await RunAsync(Configuration()), CniErrorCode.TryAgainLater, "does not know pod mc-demo/bb-1");
    }

    [Theory]
    [InlineData("kube-system")]
    [InlineData("mesh-system")]
    public async Task Add_ExcludedNamespace_IsNotHandedOver(string ns)
    {
        _environment["CNI_ARGS"] = $"K8S_POD_NAMESPACE={ns};K8S_POD_NAME=silo";

        var (exitCode, output) = await RunAsync(Configuration());

        Assert.Equal(0, exitCode);
        Assert.NotNull(output);
    }

    [Fact]
    public async Task Add_NoProxy_IsAnErrorToTryAgain() =>
        AssertError(await RunAsync(Configuration()), CniErrorCode.TryAgainLater, "does not answer at");

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task Add_ConfigurationIsNotJson_IsADecodingError(string input) =>
        AssertError(await RunAsync(input), CniErrorCode.Decoding, "network configuration");

    [Theory]
    [InlineData("CNI_CONTAINERID")]
    [InlineData("CNI_NETNS")]
    [InlineData("CNI_IFNAME")]
    [InlineData("CNI_COMMAND")]
    public async Task Add_EnvironmentIncomplete_IsAnEnvironmentError(string variable)
    {
        _environment[variable] = null;

        AssertError(await RunAsync(Configuration()), CniErrorCode.InvalidEnvironment, $"{variable} is not set");
    }

    [Theory]
    [InlineData("CNI_COMMAND", "REMOVE", "REMOVE")]
    [InlineData("CNI_ARGS", "K8S_POD_NAME", "not NAME=VALUE")]
    public async Task Add_EnvironmentMalformed_IsAnEnvironmentError(string variable, string value, string text)
    {
        _environment[variable] = value;

        AssertError(await RunAsync(Configuration()), CniErrorCode.InvalidEnvironment, text);
    }

    [Fact]
    public async Task Add_UnsupportedVersion_IsAVersionError() =>
        AssertError(
            await RunAsync(Configuration().Replace("1.0.0", "0.2.0", StringComparison.Ordinal)), CniErrorCode.IncompatibleVersion, "0.2.0");

    [Fact]
    public async Task Add_NotChained_IsAConfigurationError() =>
        AssertError(await RunAsync("""{"cniVersion":"1.0.0","type":"mesh-cni"}"""), CniErrorCode.InvalidConfiguration, "no prevResult");

    [Fact]
    public async Task Add_NamespaceAbsent_IsAnInputError()
    {
        _environment["CNI_NETNS"] = "/run/netns/absent";

        AssertError(await RunAsync(Configuration()), CniErrorCode.InputOutput, "/run/netns/absent");
    }

    [Fact]
    public async Task Del_EnrolledPod_LetsItGo()
    {
        await StartProxyAsync();
        _authority.Set(new Pod { Uid = "u1", Namespace = "mc-demo", Name = "bb-1" });
        await RunAsync(Configuration());
        _environment["CNI_COMMAND"] = "DEL";

        var (exitCode, output) = await RunAsync(Configuration());

        Assert.Equal(0, exitCode);
        Assert.Null(output);
        Assert.Empty(_keeper!.Enrolments);
        Assert.Empty(_network.Rules());
    }

    [Fact]
    public async Task Del_NoProxyAndNoNamespace_Succeeds()
    {
        _environment["CNI_COMMAND"] = "DEL";
        _environment["CNI_NETNS"] = null;

        Assert.Equal(0, (await RunAsync(Configuration())).ExitCode);
    }

    [Fact]
    public async Task Check_MeshedPodNotEnrolled_IsAnError()
    {
        await StartProxyAsync();
        _authority.Set(new Pod { Uid = "u1", Namespace = "mc-demo", Name = "bb-1" });
        _environment["CNI_COMMAND"] = "CHECK";

        AssertError(await RunAsync(Configuration()), CniErrorCode.NotEnrolled, "meshed and not enrolled");
    }

    [Fact]
    public async Task Version_Always_NamesWhatIsSupported()
    {
        _environment["CNI_COMMAND"] = "VERSION";

        var (exitCode, output) = await RunAsync("""{"cniVersion":"0.4.0"}""");

        Assert.Equal(0, exitCode);
        Assert.Equal("0.4.0", (string?)output!["cniVersion"]);
        Assert.Equal(["0.3.1", "0.4.0", "1.0.0"], output["supportedVersions"]!.AsArray().Select(version => (string?)version));
    }

    [Fact]
    public async Task Handover_GarbageAndEarlyEnds_DoNotDisturbTheNextPod()
    {
        await StartProxyAsync();
        _authority.NotMeshed.Add("u1");
        foreach (var garbage in (byte[][])[[], [1], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 2, (byte)'{'], [0, 0, 0, 2, (byte)'[', (byte)']']])
        {
            using var socket = new System.Net.Sockets.Socket(
                System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
            await socket.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(_directory.Options().CniSocket), Cancel);
            await socket.SendAsync(garbage, Cancel);
        }

        Assert.Equal(0, (await RunAsync(Configuration())).ExitCode);
    }

    private static void AssertError((int ExitCode, JsonNode? Output) result, int code, string text)
    {
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(code, (int?)result.Output!["code"]);
        Assert.Contains(text, (string?)result.Output["msg"], StringComparison.Ordinal);
        Assert.NotNull(result.Output["cniVersion"]);
    }

    private string Configuration() => $$"""
        {"cniVersion":"1.0.0","name":"net","type":"mesh-cni","socket":"{{_directory.Options().CniSocket}}","prevResult":{{PreviousResult}}}
        """;

    private async Task StartProxyAsync()
    {
        var options = _directory.Options();
        _keeper = new EnrolmentKeeper(
            options, _authority, _dataPlane, new Nftables(TimeProvider.System), TimeProvider.System, NullLogger<EnrolmentKeeper>.Instance);
        _server = new HandoverServer(options, _keeper, _authority, TimeProvider.System, NullLogger<HandoverServer>.Instance);
        await _server.StartAsync(Cancel);
        await Mesh.Testing.Eventually.Holds(() => _server.IsListening, TimeSpan.FromSeconds(10), () => "not listening", Cancel);
    }

    // The plugin blocks; the proxy it talks to is in this process.
    private Task<(int ExitCode, JsonNode? Output)> RunAsync(string input) => Task.Run(() =>
    {
        var output = new StringWriter();
        var exitCode = CniCommand.Run(name => _environment.GetValueOrDefault(name), new StringReader(input), output, TextWriter.Null);
        var text = output.ToString();
        return (exitCode, text.Length == 0 ? null : JsonNode.Parse(text));
    });
}
