using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Tests.Api;

public sealed class StoreFileTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("mesh-store-").FullName, "data");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public void TryLoad_WhatWasSaved_IsThereAndItsHistoryIsNot()
    {
        var before = new ResourceStore();
        var first = before.Put("pods", Pod("a"));
        before.Put("pods", Pod("b"));
        before.Remove("pods", "n", "b");
        StoreFile.Save(before, _file);

        var after = new ResourceStore();
        Assert.True(StoreFile.TryLoad(after, _file));

        var pod = Assert.Single(after.List("pods"));
        Assert.Equal(("a", first.Revision), (pod.Name, pod.Revision));
        Assert.Null(after.Watch("pods", before.Revision));
        using var watch = after.Watch("pods", after.Revision);
        Assert.NotNull(watch);
        Assert.True(after.Put("pods", Pod("c")).Revision > before.Revision + 1);
    }

    [Fact]
    public void TryLoad_NoFile_IsFalse() => Assert.False(StoreFile.TryLoad(new ResourceStore(), _file));

    private static JsonObject Pod(string name) =>
        new() { ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "n", ["uid"] = $"uid-{name}" } };
}
