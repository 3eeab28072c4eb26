using Mesh.Grains.Resilience;
using Mesh.Grains.Tests.Fakes;

namespace Mesh.Grains.Tests.Resilience;

public sealed class AnnotationWarningsTests
{
    private readonly FakeClusterView _view = new();

    [Fact]
    public void Plan_BadAnnotationOfAService_IsAWarningEventOnIt()
    {
        _view.Put(Samples.Service() with { Annotations = Samples.Map(("retry.linkerd.io/http", "sometimes")) });
        _view.Put(Samples.Service("good") with { Annotations = Samples.Map(("retry.linkerd.io/http", "5xx")) });
        var warning = Assert.Single(AnnotationWarnings.Plan("mc-demo", _view));
        Assert.Equal(("v1", "Service", "mc-demo", "bb", "svc-bb"), (warning.ApiVersion, warning.Kind, warning.Namespace, warning.Name, warning.Uid));
        Assert.Equal(("Warning", "InvalidAnnotation"), (warning.Type, warning.Reason));
        Assert.StartsWith("retry.linkerd.io/http: 'sometimes'", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_BadWeightOfAPod_IsAWarningEventOnIt()
    {
        _view.Put(Samples.Pod(annotations: ("balancer.mesh-orleans.io/weight", "10001")));
        var warning = Assert.Single(AnnotationWarnings.Plan("mc-demo", _view));
        Assert.Equal(("Pod", "bb-1"), (warning.Kind, warning.Name));
    }

    [Theory]
    [InlineData("HTTPRoute", "retry.linkerd.io/grpc", "internal")]
    [InlineData("GRPCRoute", "retry.linkerd.io/http", "5xx")]
    [InlineData("HTTPRoute", "timeout.linkerd.io/idle", "5")]
    public void Plan_BadAnnotationOfARoute_IsAWarningEventOnIt(string kind, string annotation, string value)
    {
        _view.Put(Routes.RouteSamples.Route() with { Kind = kind, Annotations = Samples.Map((annotation, value)) });
        var warning = Assert.Single(AnnotationWarnings.Plan("mc-demo", _view));
        Assert.Equal(("gateway.networking.k8s.io/v1", kind, "bb"), (warning.ApiVersion, warning.Kind, warning.Name));
    }

    [Fact]
    public void Plan_OtherNamespace_SaysNothing()
    {
        _view.Put(Samples.Service() with { Annotations = Samples.Map(("retry.linkerd.io/http", "sometimes")) });
        Assert.Empty(AnnotationWarnings.Plan("other", _view));
    }
}
