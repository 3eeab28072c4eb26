using Mesh.Grains.Endpoints;
using Mesh.Grains.Observed;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Tests.Endpoints;

public sealed class AppProtocolsTests
{
    [Theory]
    [InlineData(null, Protocol.Detect)]
    [InlineData("", Protocol.Detect)]
    [InlineData("http", Protocol.Http1)]
    [InlineData("HTTP", Protocol.Http1)]
    [InlineData("kubernetes.io/ws", Protocol.Http1)]
    [InlineData("kubernetes.io/h2c", Protocol.Http2)]
    [InlineData("grpc", Protocol.Grpc)]
    [InlineData("https", Protocol.Tls)]
    [InlineData("tls", Protocol.Tls)]
    [InlineData("kubernetes.io/wss", Protocol.Tls)]
    [InlineData("tcp", Protocol.Opaque)]
    [InlineData("linkerd.io/tcp", Protocol.Opaque)]
    [InlineData("linkerd.io/opaque", Protocol.Opaque)]
    [InlineData("mysql", Protocol.Opaque)]
    public void Parse_AppProtocol_IsTheProtocol(string? text, Protocol protocol) => Assert.Equal(protocol, AppProtocols.Parse(text));

    [Theory]
    [InlineData(25)]
    [InlineData(587)]
    [InlineData(3306)]
    [InlineData(4444)]
    [InlineData(5432)]
    [InlineData(6379)]
    [InlineData(9300)]
    [InlineData(11211)]
    public void Protocol_DefaultOpaquePort_IsOpaqueUnlessSomethingElseIsSaid(int port)
    {
        Assert.Equal(Protocol.Opaque, Of(port));
        Assert.Equal(Protocol.Http1, Of(port, "http"));
        Assert.Equal(Protocol.Detect, Of(port, null, ""));
        Assert.Equal(Protocol.Detect, Of(port, null, "1"));
        Assert.Equal(Protocol.Detect, Of(port, null, null, "1-20"));
    }

    [Theory]
    [InlineData("8080", null, Protocol.Opaque)]
    [InlineData("8000-9000", null, Protocol.Opaque)]
    [InlineData(" 1, http ", null, Protocol.Opaque)]
    [InlineData("1", "8080", Protocol.Detect)]
    [InlineData(null, "8080", Protocol.Opaque)]
    [InlineData(null, null, Protocol.Detect)]
    public void Protocol_Annotation_OfTheServiceElseOfItsNamespace(string? own, string? inherited, Protocol protocol)
    {
        Assert.Equal(protocol, Of(8080, null, own, inherited));
        Assert.Equal(Protocol.Grpc, Of(8080, "grpc", own, inherited));
    }

    private static Protocol Of(int number, string? appProtocol = null, string? own = null, string? inherited = null)
    {
        var port = new ServicePortSpec("http", number, "TCP", "1", appProtocol);
        var service = Samples.Service() with { Ports = [port], Annotations = Annotations(own) };
        return ServicePorts.Protocol(service, Samples.Namespace() with { Annotations = Annotations(inherited) }, port);
    }

    private static System.Collections.Immutable.ImmutableSortedDictionary<string, string> Annotations(string? opaque) =>
        opaque is null ? Samples.Map() : Samples.Map(("config.linkerd.io/opaque-ports", opaque));
}
