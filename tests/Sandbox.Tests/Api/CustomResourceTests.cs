using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Validation;

namespace Mesh.Sandbox.Tests.Api;

public sealed class CustomResourceTests : IAsyncLifetime
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string Things = "/apis/example.com/v1/namespaces/default/things";

    private const string Definition = """
        {"metadata":{"name":"things.example.com"},"spec":{"group":"example.com","scope":"Namespaced",
         "names":{"plural":"things","kind":"Thing","shortNames":["th"],"categories":["all"]},
         "versions":[
          {"name":"v1beta1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}},
          {"name":"v1alpha1","served":false,"storage":false,"schema":{"openAPIV3Schema":{"type":"object"}}},
          {"name":"v1","served":true,"storage":true,"subresources":{"status":{}},
           "additionalPrinterColumns":[{"name":"Port","type":"integer","jsonPath":".spec.port"},
             {"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}],
           "schema":{"openAPIV3Schema":{"type":"object","required":["spec"],"properties":{
             "status":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
             "spec":{"type":"object","required":["port"],"properties":{
               "port":{"type":"integer","minimum":1,"maximum":65535},
               "mode":{"type":"string","enum":["a","b"],"default":"a"},
               "name":{"type":"string","pattern":"^[a-z]+$"},
               "target":{"x-kubernetes-int-or-string":true},
               "choice":{"type":"object","properties":{"x":{"type":"string"},"y":{"type":"string"}},"oneOf":[{"required":["x"]},{"required":["y"]}]}
             }}}}}}]}}
        """;

    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        await _cluster.CreateAsync(Definitions, Definition);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Definition_Created_IsEstablishedAndDiscovered()
    {
        var definition = await _cluster.GetAsync($"{Definitions}/things.example.com");
        var group = await _cluster.GetAsync("/apis/example.com");
        var resources = await _cluster.GetAsync("/apis/example.com/v1");

        Assert.Contains(definition.Objects("status", "conditions"), c => c.Text("type") == "Established" && c.Text("status") == "True");
        Assert.Equal("v1", group.Text("preferredVersion", "version"));
        Assert.Equal(["v1", "v1beta1"], group.Objects("versions").Select(v => v.Text("version")));
        Assert.Equal(["things", "things/status"], resources.Objects("resources").Select(r => r.Text("name")));
    }

    [Fact]
    public async Task Create_Valid_IsDefaultedPrunedAndServedInEveryVersion()
    {
        var created = await _cluster.CreateAsync(Things, """{"metadata":{"name":"t"},"spec":{"port":80,"colour":"red"},"status":{"x":1}}""");
        var other = await _cluster.GetAsync(Things.Replace("/v1/", "/v1beta1/") + "/t");

        Assert.Equal("a", created.Text("spec", "mode"));
        Assert.Null(created.At("spec", "colour"));
        Assert.Null(created.At("status"));
        Assert.Equal("example.com/v1", created.Text("apiVersion"));
        Assert.Equal("example.com/v1beta1", other.Text("apiVersion"));
    }

    [Fact]
    public async Task UnservedVersion_IsNotFound() =>
        Assert.Equal(404, (await _cluster.SendAsync(HttpMethod.Get, Things.Replace("/v1/", "/v1alpha1/"))).Code);

    [Theory]
    [InlineData("""{}""", "spec", "FieldValueRequired")]
    [InlineData("""{"spec":{}}""", "spec.port", "FieldValueRequired")]
    [InlineData("""{"spec":{"port":"80"}}""", "spec.port", "FieldValueTypeInvalid")]
    [InlineData("""{"spec":{"port":0}}""", "spec.port", "FieldValueInvalid")]
    [InlineData("""{"spec":{"port":1,"mode":"c"}}""", "spec.mode", "FieldValueNotSupported")]
    [InlineData("""{"spec":{"port":1,"name":"A"}}""", "spec.name", "FieldValueInvalid")]
    [InlineData("""{"spec":{"port":1,"target":true}}""", "spec.target", "FieldValueTypeInvalid")]
    [InlineData("""{"spec":{"port":1,"choice":{"x":"1","y":"2"}}}""", "spec.choice", "FieldValueInvalid")]
    [InlineData("""{"spec":{"port":1,"choice":{}}}""", "spec.choice", "FieldValueInvalid")]
    public async Task Create_Invalid_NamesTheField(string json, string field, string reason)
    {
        var body = JsonNode.Parse(json)!;
        body["metadata"] = new JsonObject { ["name"] = "t" };
        var (code, status) = await _cluster.SendAsync(HttpMethod.Post, Things, body);

        Assert.Equal(422, code);
        Assert.StartsWith("Thing.example.com \"t\" is invalid: ", status.Text("message"), StringComparison.Ordinal);
        Assert.Contains(status.Objects("details", "causes"), c => c.Text("field") == field && c.Text("reason") == reason);
    }

    [Fact]
    public async Task Create_UnknownFieldStrict_IsRefused()
    {
        var (code, status) = await _cluster.SendAsync(HttpMethod.Post, $"{Things}?fieldValidation=Strict",
            JsonNode.Parse("""{"metadata":{"name":"t"},"spec":{"port":1,"colour":"red"}}"""));

        Assert.Equal(400, code);
        Assert.Equal("Thing in version \"v1\" cannot be handled as a Thing: strict decoding error: unknown field \"spec.colour\"", status.Text("message"));
    }

    [Fact]
    public async Task Table_ShowsTheDefinedColumns()
    {
        await _cluster.CreateAsync(Things, """{"metadata":{"name":"t"},"spec":{"port":80}}""");
        await _cluster.PatchAsync($"{Things}/t/status", """{"status":{"conditions":[{"type":"Ready","status":"True"}]}}""");
        var (_, table) = await _cluster.SendAsync(HttpMethod.Get, Things, accept: "application/json;as=Table;v=v1;g=meta.k8s.io");

        Assert.Equal(["Name", "Port", "Ready"], table.Objects("columnDefinitions").Select(c => c.Text("name")));
        Assert.Equal("[\"t\",80,\"True\"]", table.Objects("rows").Single()["cells"]!.ToJsonString());
    }

    [Fact]
    public async Task StrategicMergePatch_IsNotForCustomResources()
    {
        await _cluster.CreateAsync(Things, """{"metadata":{"name":"t"},"spec":{"port":80}}""");
        var (code, _) = await _cluster.SendAsync(HttpMethod.Patch, $"{Things}/t", new JsonObject(), "application/strategic-merge-patch+json");

        Assert.Equal(415, code);
    }

    [Fact]
    public async Task Definition_Deleted_TakesItsObjectsAlong()
    {
        await _cluster.CreateAsync(Things, """{"metadata":{"name":"t"},"spec":{"port":80}}""");
        await _cluster.DeleteAsync($"{Definitions}/things.example.com");
        Assert.Equal(404, (await _cluster.SendAsync(HttpMethod.Get, Things)).Code);
        await _cluster.CreateAsync(Definitions, Definition);

        Assert.Empty(await _cluster.ListAsync(Things));
    }

    [Fact]
    public async Task Definition_WithoutStorageVersion_IsRefused()
    {
        var (code, _) = await _cluster.SendAsync(HttpMethod.Post, Definitions,
            JsonNode.Parse(Definition.Replace("things", "others").Replace("\"storage\":true", "\"storage\":false")));

        Assert.Equal(422, code);
    }

    [Theory]
    [InlineData("""{"anyOf":[{"minimum":5},{"enum":[1]}]}""", "1", true)]
    [InlineData("""{"anyOf":[{"minimum":5},{"enum":[1]}]}""", "2", false)]
    [InlineData("""{"not":{"required":["a"]}}""", """{"a":1}""", false)]
    [InlineData("""{"type":"array","maxItems":1}""", "[1,2]", false)]
    [InlineData("""{"type":"string","format":"cidr"}""", "\"10.0.0.0/33\"", false)]
    [InlineData("""{"type":"string","nullable":true}""", "null", true)]
    [InlineData("""{"type":"object","additionalProperties":{"type":"string"}}""", """{"a":1}""", false)]
    [InlineData("""{"type":"integer"}""", "1.5", false)]
    [InlineData("""{"type":"array","x-kubernetes-list-map-keys":["k"],"items":{"type":"object"}}""", """[{"k":1},{"k":1}]""", false)]
    public void Validate_AgainstSchema_AcceptsOrNot(string schema, string value, bool valid)
    {
        // The root's own metadata is skipped, so the value sits one level down.
        var root = new JsonObject { ["properties"] = new JsonObject { ["v"] = JsonNode.Parse(schema) } };
        var errors = new SchemaValidator().Validate(root, new JsonObject { ["v"] = JsonNode.Parse(value) });

        Assert.Equal(valid, errors.Count == 0);
    }
}
