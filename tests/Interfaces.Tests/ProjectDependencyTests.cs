using System.Xml.Linq;
using Mesh.Testing;

namespace Mesh.Interfaces.Tests;

/// <summary>Dependencies point the way ARCHITECTURE.md says, and no other.</summary>
public sealed class ProjectDependencyTests
{
    [Theory]
    [InlineData("Embedded")]
    [InlineData("Kubernetes")]
    [InlineData("Interfaces")]
    [InlineData("Grains", "Interfaces")]
    [InlineData("Silo", "Interfaces", "Grains", "Kubernetes")]
    [InlineData("Proxy", "Interfaces")]
    [InlineData("Cli", "Interfaces", "Kubernetes")]
    [InlineData("Sandbox", "Kubernetes")]
    public void Project_ReferencesOnlyWhatItMay(string project, params string[] allowed)
    {
        var file = Directory.GetFiles(Path.Combine(Repository.Root, project), "*.csproj").Single();
        var referenced = XDocument.Load(file)
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileName(Path.GetDirectoryName(reference.Attribute("Include")!.Value.Replace('\\', '/')))!);

        Assert.Empty(referenced.Except(allowed));
    }

    [Fact]
    public void EveryProjectFolder_IsCovered()
    {
        var covered = typeof(ProjectDependencyTests).GetMethod(nameof(Project_ReferencesOnlyWhatItMay))!
            .GetCustomAttributes(typeof(InlineDataAttribute), inherit: false)
            .Select(data => (string)((InlineDataAttribute)data).Data[0]!);
        var projects = Directory.GetDirectories(Repository.Root)
            .Where(folder => Directory.GetFiles(folder, "*.csproj").Length > 0)
            .Select(folder => Path.GetFileName(folder));

        Assert.Equal(projects.Order(), covered.Order());
    }
}
