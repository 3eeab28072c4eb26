using Mesh.Grains.Selection;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Links;

namespace Mesh.Grains.Tests.Selection;

public sealed class LabelSelectorTests
{
    private static readonly System.Collections.Immutable.ImmutableSortedDictionary<string, string> Labels = Samples.Map(("app", "bb"), ("tier", "web"));

    [Fact]
    public void Exports_Nothing_SelectsNothing()
    {
        Assert.False(LabelSelector.Exports(null, Labels));
        Assert.False(LabelSelector.Exports(Samples.Selector(), Labels));
        Assert.False(LabelSelector.Exports(new LabelSelectorSpec(Samples.Map(), default), Labels));
    }

    [Fact]
    public void Governs_EmptySelector_SelectsEverything() => Assert.True(LabelSelector.Governs(Samples.Selector(), Labels));

    [Theory]
    [InlineData("app", "bb", true)]
    [InlineData("app", "other", false)]
    [InlineData("none", "bb", false)]
    public void Exports_MatchLabels_AllMustMatch(string key, string value, bool expected) =>
        Assert.Equal(expected, LabelSelector.Exports(Samples.Selector(("tier", "web"), (key, value)), Labels));

    [Theory]
    [InlineData("app", "In", "bb,cc", true)]
    [InlineData("app", "In", "cc", false)]
    [InlineData("none", "In", "bb", false)]
    [InlineData("app", "NotIn", "bb", false)]
    [InlineData("app", "NotIn", "cc", true)]
    [InlineData("none", "NotIn", "bb", true)]
    [InlineData("app", "Exists", "", true)]
    [InlineData("none", "Exists", "", false)]
    [InlineData("app", "DoesNotExist", "", false)]
    [InlineData("none", "DoesNotExist", "", true)]
    public void Exports_Expression_MatchesAsInKubernetes(string key, string op, string values, bool expected) =>
        Assert.Equal(expected, LabelSelector.Exports(Expression(key, op, values), Labels));

    [Theory]
    [InlineData("app", "Equals", "bb")]
    [InlineData("app", "In", "")]
    [InlineData("app", "Exists", "bb")]
    [InlineData("", "Exists", "")]
    public void Selector_InvalidExpression_ExportsNothingAndGovernsByTheRest(string key, string op, string values)
    {
        var selector = Expression(key, op, values);
        Assert.False(LabelSelector.IsValid(selector));
        Assert.False(LabelSelector.Exports(selector, Labels));
        Assert.True(LabelSelector.Governs(selector, Labels));
        Assert.False(LabelSelector.Governs(selector with { MatchLabels = Samples.Map(("app", "other")) }, Labels));
    }

    private static LabelSelectorSpec Expression(string key, string op, string values) =>
        Samples.Selector(key, op, [.. values.Split(',', StringSplitOptions.RemoveEmptyEntries)]);
}
