using System.Collections.Frozen;
using System.Reflection;
using Mesh.Conformance.TestSilo.Grains;
using Orleans.Embedded.Serialization;
using Orleans.Serialization;

namespace Mesh.Embedded.Tests.Serialization;

public sealed class ExceptionCodecTests
{
    private readonly ExceptionCodec _codec = new(new[] { typeof(ProbeException).Assembly }.ToFrozenSet());

    [Theory]
    [InlineData("System.Diagnostics.Process")]
    [InlineData("System.String")]
    [InlineData("No.Such.Type")]
    [InlineData("")]
    [InlineData("System.Collections.Generic.List`1[[System.Exception, Evil.Assembly]]")]
    [InlineData("Evil.Exception, Evil.Assembly")]
    [InlineData("Xunit.Sdk.XunitException")]
    public void Decode_TypeThatMayNotBeMade_BecomesTheFallbackWithItsText(string type)
    {
        var decoded = _codec.Decode(new ExceptionRecord(type, "text", null, null));
        var fallback = Assert.IsType<UnavailableExceptionFallbackException>(decoded);
        Assert.Equal("text", fallback.Message);
        Assert.Equal(type, fallback.ExceptionType);
    }

    [Fact]
    public void Decode_ChainDeeperThanTheLimit_IsCut()
    {
        Exception deep = new InvalidOperationException("0");
        for (var i = 1; i < 100; i++)
        {
            deep = new InvalidOperationException($"{i}", deep);
        }
        var depth = 0;
        for (var e = _codec.Decode(ExceptionCodec.Encode(deep)); e is not null; e = e.InnerException)
        {
            depth++;
        }
        Assert.Equal(17, depth);
    }

    [Fact]
    public void Decode_EngineException_KeepsItsTypeThoughItsConstructorIsInternal()
    {
        var record = ExceptionCodec.Encode(new SiloUnavailableException("gone"));
        Assert.Equal("gone", Assert.IsType<SiloUnavailableException>(_codec.Decode(record)).Message);
        var observer = new ExceptionRecord(typeof(ClientNotAvailableException).FullName!, "gone", null, null);
        Assert.IsType<ClientNotAvailableException>(_codec.Decode(observer));
    }
}
