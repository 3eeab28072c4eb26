using System.Text.Json;

namespace Mesh.Sandbox.Node;

/// <summary>What must be known of a container when the agent starts anew.</summary>
/// <param name="Attempt">Number of the run, counted from 0: the restart count.</param>
/// <param name="StartedAt">When that run began.</param>
/// <param name="Last">How the run before ended.</param>
/// <param name="Ended">How this run ended, if it has.</param>
internal sealed record ContainerRecord(int Attempt, DateTimeOffset StartedAt, ContainerEnd? Last, ContainerEnd? Ended)
{
    private const string FileName = "record.json";

    public static ContainerRecord? Load(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize<ContainerRecord>(File.ReadAllText(Path.Combine(directory, FileName)));
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    public void Save(string directory)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, FileName);
        File.WriteAllText(path + ".tmp", JsonSerializer.Serialize(this));
        File.Move(path + ".tmp", path, overwrite: true);
    }
}
