using System.Collections.Immutable;
using System.Net;
using Mesh.Conformance.TestSilo.Grains;
using Orleans.Embedded.Serialization;

namespace Mesh.Embedded.Tests.Serialization;

public sealed class GrainJsonTests
{
    private readonly GrainJson _json = new((_, _) => throw new InvalidOperationException("no references here"));

    public static TheoryData<object> Values =>
    [
        1, long.MinValue, ulong.MaxValue, 1.5, decimal.MaxValue, 'x', "text \0 \ud83d\ude00", Colour.Green, Guid.NewGuid(), TimeSpan.MaxValue,
        DateTimeOffset.MaxValue, new Uri("https://example.test/x"), new PointKey(1, "y"), (1, "two"), KeyValuePair.Create("a", 2),
        IPAddress.Parse("fd00::1"), new IPEndPoint(IPAddress.Loopback, 5), GrainId.Create("type", "a/b"),
        SiloAddress.New(IPAddress.Loopback, 1, 2),
    ];

    public static TheoryData<object> Collections =>
    [
        new[] { 1, 2 }, new List<string> { "a" }, ImmutableArray.Create(1, 2), ImmutableList.Create("x"), ImmutableSortedSet.Create(3, 1),
        ImmutableSortedDictionary<string, int>.Empty.Add("b", 1).Add("a", 2), ImmutableDictionary<Guid, string>.Empty.Add(Guid.Empty, "x"),
        new Dictionary<PointKey, int> { [new PointKey(1, "x")] = 2 }, ImmutableArray.Create<byte>(1, 2),
    ];

    [Theory]
    [MemberData(nameof(Values))]
    public void Value_ThereAndBack_IsEqual(object value) => Assert.Equal(value, RoundTrip(value));

    [Theory]
    [MemberData(nameof(Collections))]
    public void Collection_ThereAndBack_IsEqual(object value) => Assert.Equivalent(value, RoundTrip(value), strict: true);

    [Fact]
    public void Encode_ValueOfADerivedType_IsRefusedRatherThanCut()
    {
        var error = Assert.Throws<NotSupportedException>(() => _json.EncodeResult(new Derived(1, 2), typeof(Base)));
        Assert.Contains("exactly the declared type", error.Message);
    }

    [Theory]
    [InlineData(typeof(object))]
    [InlineData(typeof(Exception))]
    [InlineData(typeof(UnmarkedRecord))]
    public void Encode_TypeThatMayNotTravel_IsRefused(Type type) =>
        Assert.Throws<NotSupportedException>(() => _json.EncodeResult(
            type == typeof(object) ? new object() : type == typeof(Exception) ? new InvalidOperationException() : new UnmarkedRecord("x"), type));

    [Fact]
    public void Copy_ImmutableValue_IsTheSameObject()
    {
        var value = new Whereabouts(SiloAddress.Zero, Guid.Empty);
        Assert.Same(value, _json.Copy(value, typeof(Whereabouts)));
    }

    private object? RoundTrip(object value)
    {
        var encoded = _json.EncodeArguments([value], [value.GetType()]);
        return _json.DecodeArguments(encoded, [value.GetType()])[0];
    }

    [GenerateSerializer]
    public record Base([property: Id(0)] int One);

    [GenerateSerializer]
    public sealed record Derived(int One, [property: Id(1)] int Two) : Base(One);
}
