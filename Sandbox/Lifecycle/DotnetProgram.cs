using System.Runtime.InteropServices;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>Where the .NET host and this build's programs are.</summary>
internal static class DotnetProgram
{
    /// <summary>The .NET installation this process runs on.</summary>
    public static string DotnetRoot { get; } =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    public static string Host { get; } = Path.Combine(DotnetRoot, "dotnet");

    /// <summary>This program's assembly.</summary>
    public static string Self { get; } = typeof(DotnetProgram).Assembly.Location;

    /// <summary>The directory that holds one folder of build output per program.</summary>
    public static string BuildOutput { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", ".."));

    /// <summary>
    /// Where containers see <see cref="BuildOutput"/>: at one path wherever the checkout is, so that no volume of a pod can hide it.
    /// </summary>
    public const string ContainerOutput = "/usr/lib/mesh-orleans";

    /// <summary>The path by which a container reaches a program of this build.</summary>
    public static string InContainer(string assembly) => Path.Combine(ContainerOutput, Path.GetRelativePath(BuildOutput, assembly));

    public static (string Host, string[] Arguments) Command(string assembly) => (Host, ["exec", assembly]);

    /// <summary>
    /// The assembly of a program of this build: beside this one's folder (<c>artifacts/bin/Mesh.Silo/release</c>) or in the same
    /// folder; null when it is not built.
    /// </summary>
    public static string? Find(string name)
    {
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        return new[]
        {
            Path.Combine(BuildOutput, name, configuration, name + ".dll"),
            Path.Combine(AppContext.BaseDirectory, name + ".dll"),
        }.FirstOrDefault(File.Exists);
    }
}
