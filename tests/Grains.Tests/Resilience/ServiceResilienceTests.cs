using Mesh.Grains.Resilience;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Tests.Resilience;

public sealed class ServiceResilienceTests
{
    private const string Accrual = "balancer.linkerd.io/failure-accrual";

    [Fact]
    public void Of_NoAnnotations_SaysNothing()
    {
        var resilience = Of(("example.com/other", "5xx"));
        Assert.Equal((null, null), (resilience.Settings, resilience.Accrual));
        Assert.Empty(resilience.Problems);
    }

    [Fact]
    public void Of_Timeouts_AreMilliseconds()
    {
        var settings = Of(
            ("timeout.linkerd.io/request", "2m"), ("timeout.linkerd.io/response", "1.5s"), ("timeout.linkerd.io/idle", " 10ms ")).Settings!;
        Assert.Equal((120_000u, 1500u, 10u), (settings.RequestTimeoutMs, settings.ResponseTimeoutMs, settings.IdleTimeoutMs));
        Assert.Null(settings.Retry);
    }

    [Theory]
    [InlineData("503", "503-503")]
    [InlineData("5xx", "500-599")]
    [InlineData("4XX,gateway-error", "400-499 502-504")]
    [InlineData("500-504, 429", "500-504 429-429")]
    public void Of_HttpConditions_AreRanges(string text, string ranges)
    {
        var retry = Of(("retry.linkerd.io/http", text)).Settings!.Retry;
        Assert.Equal(ranges, string.Join(' ', retry.Http.Select(range => $"{range.First}-{range.Last}")));
        Assert.Equal((1u, 0u), (retry.Limit, retry.TimeoutMs));
    }

    [Theory]
    [InlineData("600")]
    [InlineData("99")]
    [InlineData("504-500")]
    [InlineData("6xx")]
    [InlineData("5xx,")]
    [InlineData("5xx,bad")]
    [InlineData("")]
    [InlineData("-")]
    public void Of_BadHttpConditions_AreIgnoredAndNamed(string text)
    {
        var resilience = Of(("retry.linkerd.io/http", text));
        Assert.Null(resilience.Settings);
        Assert.Contains($"'{text}' is ignored", Assert.Single(resilience.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_GrpcConditions_AreStatusNumbers()
    {
        var retry = Of(
            ("retry.linkerd.io/grpc", "cancelled,Deadline-Exceeded, internal,resource-exhausted,unavailable"),
            ("retry.linkerd.io/limit", "3"), ("retry.linkerd.io/timeout", "300ms")).Settings!.Retry;
        Assert.Equal([1u, 4u, 13u, 8u, 14u], retry.Grpc);
        Assert.Equal((3u, 300u), (retry.Limit, retry.TimeoutMs));
    }

    [Fact]
    public void Of_LimitOrTimeoutOfZero_CountAsAbsentAsWithLinkerd()
    {
        Assert.Null(Of(("retry.linkerd.io/limit", "0"), ("retry.linkerd.io/timeout", "0s")).Settings);
        Assert.Equal(1u, Of(("retry.linkerd.io/limit", "0"), ("retry.linkerd.io/http", "5xx")).Settings!.Retry.Limit);
    }

    [Theory]
    [InlineData("retry.linkerd.io/limit", "-1")]
    [InlineData("retry.linkerd.io/limit", "65536")]
    [InlineData("retry.linkerd.io/timeout", "5")]
    [InlineData("retry.linkerd.io/grpc", "ok")]
    [InlineData("retry.linkerd.io/htttp", "5xx")]
    [InlineData("timeout.linkerd.io/request", "soon")]
    [InlineData("balancer.linkerd.io/failure-accrual-consecutive-max-failures", "3")]
    [InlineData("balancer.linkerd.io/failure-accrual", "sometimes")]
    public void Of_OneBadAnnotation_IsIgnoredAndNamed(string annotation, string value)
    {
        var resilience = Of((annotation, value));
        Assert.Equal((null, null), (resilience.Settings, resilience.Accrual));
        Assert.Equal(annotation, Assert.Single(resilience.Problems).Annotation);
    }

    [Fact]
    public void Of_OneBadTimeout_LeavesTheOthers()
    {
        var resilience = Of(("timeout.linkerd.io/request", "soon"), ("timeout.linkerd.io/idle", "1s"));
        Assert.Equal((0u, 1000u), (resilience.Settings!.RequestTimeoutMs, resilience.Settings.IdleTimeoutMs));
        Assert.Single(resilience.Problems);
    }

    [Fact]
    public void Of_ConsecutiveAccrual_HasLinkerdsDefaults() => Assert.Equal(
        new FailureAccrual { MaxFailures = 7, MinPenaltyMs = 1000, MaxPenaltyMs = 60_000, JitterRatio = 0.5 },
        Of((Accrual, "consecutive")).Accrual);

    [Fact]
    public void Of_ConsecutiveAccrual_TakesItsParameters()
    {
        var resilience = Of(
            (Accrual, "consecutive"), (Accrual + "-consecutive-max-failures", "3"), (Accrual + "-consecutive-min-penalty", "500ms"),
            (Accrual + "-consecutive-max-penalty", "5s"), (Accrual + "-consecutive-jitter-ratio", "0.1"));
        Assert.Equal(new FailureAccrual { MaxFailures = 3, MinPenaltyMs = 500, MaxPenaltyMs = 5000, JitterRatio = 0.1 }, resilience.Accrual);
        Assert.Empty(resilience.Problems);
    }

    [Theory]
    [InlineData("max-failures", "0")]
    [InlineData("max-failures", "many")]
    [InlineData("min-penalty", "0s")]
    [InlineData("min-penalty", "2m")]
    [InlineData("max-penalty", "100ms")]
    [InlineData("jitter-ratio", "-1")]
    [InlineData("jitter-ratio", "101")]
    [InlineData("jitter-ratio", "NaN")]
    public void Of_BadParameter_IsTheDefaultAndNamed(string parameter, string value)
    {
        var resilience = Of((Accrual, "consecutive"), ($"{Accrual}-consecutive-{parameter}", value));
        Assert.Equal(new FailureAccrual { MaxFailures = 7, MinPenaltyMs = 1000, MaxPenaltyMs = 60_000, JitterRatio = 0.5 }, resilience.Accrual);
        Assert.Single(resilience.Problems);
    }

    [Fact]
    public void Of_UnifiedAccrual_IsConsecutiveAndSaysSo()
    {
        var resilience = Of((Accrual, "unified"), (Accrual + "-consecutive-max-failures", "2"));
        Assert.Equal(2u, resilience.Accrual!.MaxFailures);
        Assert.Contains("not supported", Assert.Single(resilience.Problems).Message, StringComparison.Ordinal);
    }

    private static ServiceResilience Of(params (string, string)[] annotations) => ServiceResilience.Of(Samples.Map(annotations));
}
