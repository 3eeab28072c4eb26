using System.Text.Json.Nodes;

namespace Mesh.Sandbox.Api.Storage;

/// <summary>
/// The objects of a store as a file, so that an API server that is stopped and started again has them: one line with the revision, then one
/// per object.
/// </summary>
internal static class StoreFile
{
    /// <summary>Written beside and put in place, so that a file that is there is whole.</summary>
    public static void Save(ResourceStore store, string path)
    {
        var (revision, objects) = store.Atomically(() => (store.Revision, store.Snapshot()));
        var temporary = path + ".tmp";
        using (var writer = new StreamWriter(temporary))
        {
            writer.WriteLine(revision);
            foreach (var item in objects)
            {
                writer.WriteLine(new JsonObject { ["resource"] = item.Resource, ["object"] = item.Object.Json.DeepClone() }.ToJsonString());
            }
        }
        File.Move(temporary, path, overwrite: true);
    }

    /// <returns>False when there is no such file.</returns>
    public static bool TryLoad(ResourceStore store, string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }
        using var reader = new StreamReader(path);
        var revision = long.Parse(reader.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);
        var objects = new List<StoreEvent>();
        while (reader.ReadLine() is { } line)
        {
            var item = JsonNode.Parse(line)!.AsObject();
            var json = item["object"]!.DeepClone().AsObject();
            var version = long.Parse((string)json["metadata"]!["resourceVersion"]!, System.Globalization.CultureInfo.InvariantCulture);
            objects.Add(new StoreEvent((string)item["resource"]!, StoreEventType.Added, new StoredObject(json, version), null));
        }
        store.Restore(objects.OrderBy(added => added.Revision), revision);
        return true;
    }
}
