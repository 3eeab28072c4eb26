using System.Text.RegularExpressions;
using System.Xml.Linq;
using Mesh.Testing;

namespace Mesh.Cli.Tests.Install;

/// <summary>What can be said of the Dockerfiles without an engine to build them.</summary>
public sealed partial class DockerfileTests
{
    [Theory]
    [InlineData("Silo", "65532:65532")]
    [InlineData("Proxy", "0:0")]
    [InlineData("Cli", "65532:65532")]
    public void Dockerfile_CopiesWhatThereIsAndAllThatThePublishedProjectNeeds(string project, string user)
    {
        var lines = Instructions(Path.Combine(Repository.Root, project, "Dockerfile"));
        var copied = lines.Where(l => l.StartsWith("COPY ", StringComparison.Ordinal) && !l.Contains("--from=", StringComparison.Ordinal))
            .SelectMany(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..^1]).ToList();
        Assert.All(copied, path => Assert.True(Path.Exists(Path.Combine(Repository.Root, path)), $"{path} is not there"));
        var embedded = !lines.Any(l => l.Contains("OrleansEngine=Microsoft", StringComparison.Ordinal));
        Assert.Empty(Projects(project, [], embedded).Except(copied.Select(c => c.TrimEnd('/'))));
        Assert.Contains(lines, l => l.StartsWith($"RUN dotnet publish {project} -c Release", StringComparison.Ordinal));
        Assert.Contains($"USER {user}", lines);
        Assert.Equal($"ENTRYPOINT [\"/app/Mesh.{project}\"]", lines[^1]);
        // A tag that moves would make two builds of one commit differ.
        Assert.All(lines.Where(l => l.StartsWith("ARG ", StringComparison.Ordinal)), l => Assert.Matches(@"=10\.0\.[0-9]+-", l));
        Assert.DoesNotContain(lines, l => l.Contains(":latest", StringComparison.Ordinal));
    }

    [Fact]
    public void Silo_IsPublishedOnMicrosoftsEngineAndSaysWhenItCannotBe()
    {
        var lines = Instructions(Path.Combine(Repository.Root, "Silo", "Dockerfile"));
        Assert.All(lines.Where(l => l.Contains("dotnet ", StringComparison.Ordinal) && l.StartsWith("RUN", StringComparison.Ordinal)),
            l => Assert.Contains("-p:OrleansEngine=Microsoft", l));
        Assert.Contains(lines, l => l.Contains("dotnet restore", StringComparison.Ordinal) && l.Contains("exit 1", StringComparison.Ordinal));
    }

    // The engine is not a reference in the project files: it is Microsoft's package, or the folder Embedded.
    private static HashSet<string> Projects(string project, HashSet<string> found, bool embedded)
    {
        if (found.Add(project))
        {
            var file = XDocument.Load(Path.Combine(Repository.Root, project, $"Mesh.{project}.csproj"));
            if (embedded && file.Descendants("UsesOrleans").Any(u => u.Value == "true"))
            {
                found.Add("Embedded");
            }
            foreach (var reference in file.Descendants("ProjectReference"))
            {
                Projects(((string)reference.Attribute("Include")!).Split('/')[1], found, embedded);
            }
        }
        return found;
    }

    private static List<string> Instructions(string path) =>
    [
        .. Continued().Replace(File.ReadAllText(path), " ").Split('\n').Where(l => l.Length > 0 && !l.StartsWith('#')),
    ];

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continued();
}
