using System.Text.Json.Nodes;

namespace Mesh.Kubernetes.Tests;

public sealed class KubernetesYamlTests
{
    [Theory]
    [InlineData("v: 0644", "420")]
    [InlineData("v: 0o644", "420")]
    [InlineData("v: 0x1f", "31")]
    [InlineData("v: yes", "true")]
    [InlineData("v: 'yes'", "\"yes\"")]
    [InlineData("v: 08", "8")]
    [InlineData("v: 1.5", "1.5")]
    [InlineData("v: 1e3", "1000")]
    [InlineData("v: -7", "-7")]
    [InlineData("v: 10.0.0.1", "\"10.0.0.1\"")]
    [InlineData("v: 2026-01-01", "\"2026-01-01\"")]
    [InlineData("v:", "null")]
    [InlineData("v: ''", "\"\"")]
    [InlineData("v: \"a\\nb\"", "\"a\\nb\"")]
    [InlineData("v: !!str 1", "\"1\"")]
    [InlineData("v: 99999999999999999999", "1E+20")]
    public void Read_Scalar_MeansWhatKubectlTakesItFor(string yaml, string json)
    {
        var value = KubernetesYaml.Read(yaml)[0]!["v"];
        Assert.Equal(json, value?.ToJsonString() ?? "null");
    }

    [Fact]
    public void ReadAll_EmptyDocumentsAndLists_GiveTheObjects()
    {
        var objects = KubernetesYaml.ReadAll("---\n---\nkind: A\n---\n# nothing\n---\nkind: List\nitems:\n- kind: B\n- kind: C\n");
        Assert.Equal(["A", "B", "C"], objects.Select(o => (string)o["kind"]!));
    }

    [Fact]
    public void Read_AnchorsAndMergeKeys_AreResolved()
    {
        var node = KubernetesYaml.Read("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: *x\n")[0]!;
        Assert.Equal("""{"p":1,"q":3}""", node["b"]!.AsObject().ToJsonString());
        Assert.Equal(1, (int)node["c"]!["p"]!);
    }

    [Theory]
    [InlineData("a: [")]
    [InlineData("a: 1\na: 2")]
    [InlineData("a: *nothing")]
    public void Read_Broken_SaysWhere(string yaml) =>
        Assert.Contains("line", Assert.Throws<FormatException>(() => KubernetesYaml.Read(yaml)).Message);

    [Fact]
    public void Read_ManyAliases_IsRefusedInsteadOfFillingTheMemory()
    {
        var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
            + string.Concat(Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Assert.Contains("aliases", Assert.Throws<FormatException>(() => KubernetesYaml.Read(bomb)).Message);
    }

    [Theory]
    [InlineData("""{"a":"x","b":1,"c":[{"d":"e","f":["g"]},"h",[1,2]],"i":{},"j":[],"k":null,"l":true}""")]
    [InlineData("""{"s":["yes","true","null","~","1","0644","1.5","-","- a","a: b","a #b","#","@x","'q'","\"","","x: ","2026-01-01","a:","=",":","*","&a","!t","%","a\tb","[","{"]}""")]
    [InlineData("""{"pem":"-----BEGIN-----\nabc\n-----END-----\n","two":"a\nb","end":"a\n\n","lead":"\na","space":" a\nb","trail":"a \nb"}""")]
    [InlineData("""{"a b":1,"true":2,"- x":3,"8080":4}""")]
    [InlineData("\"text\"")]
    public void Write_ReadBack_IsTheSame(string json)
    {
        var node = JsonNode.Parse(json);
        var yaml = KubernetesYaml.Write(node);
        Assert.True(JsonNode.DeepEquals(node, KubernetesYaml.Read(yaml).Single()), yaml);
    }
}
