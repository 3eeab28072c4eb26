namespace Mesh.Testing;

/// <summary>The checkout the tests were built from.</summary>
public static class Repository
{
    /// <summary>The folder that holds Mesh.Orleans.sln.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Mesh.Orleans.sln")))
            {
                return at.FullName;
            }
        }
        throw new DirectoryNotFoundException($"No folder above {folder} holds Mesh.Orleans.sln; the tests run from the build output.");
    }
}
