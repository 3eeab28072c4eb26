using System.Text.Json.Nodes;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Patching;

namespace Mesh.Sandbox.Tests.Api;

public sealed class PatchTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":null,"b":{"c":null,"d":1}}""", """{"b":{"d":1}}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[3]}""", """{"a":[3]}""")]
    [InlineData("""{"a":{"b":1}}""", """{"a":"x"}""", """{"a":"x"}""")]
    public void MergePatch_Applied_GivesTheResultOfTheRfc(string target, string patch, string expected)
    {
        var item = Parse(target);
        MergePatch.Apply(item, Parse(patch));

        AssertSame(expected, item);
    }

    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/b","value":2}]""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":[1,3]}""", """[{"op":"add","path":"/a/1","value":2},{"op":"add","path":"/a/-","value":4}]""", """{"a":[1,2,3,4]}""")]
    [InlineData("""{"a/b":1,"m~n":2}""", """[{"op":"remove","path":"/a~1b"},{"op":"replace","path":"/m~0n","value":3}]""", """{"m~n":3}""")]
    [InlineData("""{"a":{"x":1},"b":{}}""", """[{"op":"move","from":"/a/x","path":"/b/y"},{"op":"copy","from":"/b","path":"/c"}]""",
        """{"a":{},"b":{"y":1},"c":{"y":1}}""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"/a","value":1},{"op":"replace","path":"/a","value":2}]""", """{"a":2}""")]
    public void JsonPatch_Applied_GivesTheResultOfTheRfc(string target, string patch, string expected) =>
        AssertSame(expected, JsonPatch.Apply(Parse(target), (JsonArray)JsonNode.Parse(patch)!));

    [Theory]
    [InlineData("""[{"op":"test","path":"/a","value":2}]""", 422)]
    [InlineData("""[{"op":"remove","path":"/nope"}]""", 422)]
    [InlineData("""[{"op":"replace","path":"/l/7","value":1}]""", 422)]
    [InlineData("""[{"op":"dance","path":"/a"}]""", 400)]
    [InlineData("""[{"op":"add","path":"/a"}]""", 400)]
    [InlineData("""[{"op":"add","path":"a","value":1}]""", 400)]
    public void JsonPatch_ThatDoesNotFit_IsRefused(string patch, int code)
    {
        var refused = Assert.Throws<ApiException>(() => JsonPatch.Apply(Parse("""{"a":1,"l":[]}"""), (JsonArray)JsonNode.Parse(patch)!));

        Assert.Equal(code, refused.Code);
    }

    [Theory]
    [InlineData(
        """{"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"1"}]}}""",
        """{"spec":{"containers":[{"name":"b","image":"2"}]}}""",
        """{"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"}]}}""")]
    [InlineData(
        """{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}""",
        """{"spec":{"containers":[{"name":"a","$patch":"delete"}]}}""",
        """{"spec":{"containers":[{"name":"b"}]}}""")]
    [InlineData(
        """{"spec":{"containers":[{"name":"a"}]}}""",
        """{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"b"}]}}""",
        """{"spec":{"containers":[{"name":"b"},{"name":"a"}]}}""")]
    [InlineData(
        """{"spec":{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP","name":"t"}]}}""",
        """{"spec":{"ports":[{"port":53,"protocol":"TCP","name":"x"}]}}""",
        """{"spec":{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP","name":"x"}]}}""")]
    [InlineData(
        """{"metadata":{"finalizers":["a","b"]}}""",
        """{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],"finalizers":["c"]}}""",
        """{"metadata":{"finalizers":["b","c"]}}""")]
    [InlineData(
        """{"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}}}""",
        """{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}""",
        """{"spec":{"strategy":{"type":"Recreate"}}}""")]
    [InlineData("""{"a":{"b":1,"c":2}}""", """{"a":{"$patch":"replace","d":3}}""", """{"a":{"d":3}}""")]
    [InlineData(
        """{"status":{"conditions":[{"type":"Ready","status":"False"}]}}""",
        """{"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"New","status":"True"}]}}""",
        """{"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"New","status":"True"}]}}""")]
    public void StrategicMergePatch_Applied_MergesListsByKey(string target, string patch, string expected)
    {
        var item = Parse(target);
        StrategicMergePatch.Apply(item, Parse(patch));

        AssertSame(expected, item);
    }

    private static JsonObject Parse(string json) => (JsonObject)JsonNode.Parse(json)!;

    private static void AssertSame(string expected, JsonObject actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}, got {actual.ToJsonString()}");
}
