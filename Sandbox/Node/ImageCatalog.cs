using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Node;

/// <summary>Maps image names to programs of this machine. There is no registry: these are all the images there are.</summary>
internal static class ImageCatalog
{
    private const string HostPrefix = "host/";

    private static readonly Dictionary<string, string> MeshPrograms = new()
    {
        ["mesh-orleans/silo"] = "Mesh.Silo",
        ["mesh-orleans/proxy"] = "Mesh.Proxy",
    };

    // What Debian images set, and .NET kept small: many of these share one machine.
    private static readonly Dictionary<string, string> BaseEnvironment = new()
    {
        ["PATH"] = $"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:{DotnetProgram.DotnetRoot}",
        ["HOME"] = "/root",
        ["DOTNET_ROOT"] = DotnetProgram.DotnetRoot,
        ["DOTNET_TieredPGO"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    /// <summary>Finds what an image stands for; otherwise false and a text that says which images there are.</summary>
    public static bool TryFind(string image, out ImageProgram program, out string problem)
    {
        program = new ImageProgram([], BaseEnvironment, []);
        problem = "";
        var name = Repository(image);
        if (MeshPrograms.TryGetValue(name, out var assembly))
        {
            if (DotnetProgram.Find(assembly) is not { } path)
            {
                problem = $"image \"{image}\" is {assembly}, which is not built: run ./build.sh build";
                return false;
            }
            // Where .NET's images have the program, for commands that are run in the container.
            program = program with
            {
                Entrypoint = [.. Dotnet(path)],
                Files = [Script($"/app/{assembly}", Dotnet(path))],
            };
            return true;
        }
        switch (name)
        {
            case "mesh-orleans/grpc-echo" or "mesh-orleans/websocket-echo":
                program = program with { Entrypoint = [.. Dotnet(DotnetProgram.Self), name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..]] };
                return true;
            case "buoyantio/bb":
                program = program with { Entrypoint = [.. Dotnet(DotnetProgram.Self), "bb"] };
                return true;
            case "buoyantio/slow_cooker":
                program = program with
                {
                    Entrypoint = ["/slow_cooker/slow_cooker"],
                    Files = [Script("/slow_cooker/slow_cooker", Dotnet(DotnetProgram.Self).Append("slow_cooker"))],
                };
                return true;
        }
        if (name.StartsWith(HostPrefix, StringComparison.Ordinal))
        {
            var wanted = name[HostPrefix.Length..];
            var found = ExternalCommand.SearchPath.Split(':').Select(d => Path.Combine(d, wanted)).FirstOrDefault(File.Exists);
            if (found is null)
            {
                problem = $"image \"{image}\" is the program '{wanted}' of this machine, which is not installed";
                return false;
            }
            program = program with { Entrypoint = [found] };
            return true;
        }
        problem = $"the sandbox has no image \"{image}\": it pulls nothing, and has {string.Join(", ", MeshPrograms.Keys)}, buoyantio/bb, " +
            "buoyantio/slow_cooker, mesh-orleans/grpc-echo, mesh-orleans/websocket-echo and host/<program> for any program installed on this machine";
        return false;
    }

    /// <summary>The name without registry, tag and digest: <c>docker.io/buoyantio/bb:v0.0.6</c> is <c>buoyantio/bb</c>.</summary>
    internal static string Repository(string image)
    {
        var name = image.Split('@')[0];
        var slash = name.LastIndexOf('/');
        var colon = name.IndexOf(':', slash + 1);
        if (colon >= 0)
        {
            name = name[..colon];
        }
        var first = name.IndexOf('/', StringComparison.Ordinal);
        return first > 0 && name[..first].AsSpan().ContainsAny('.', ':') ? name[(first + 1)..] : name;
    }

    private static ContainerFile Script(string path, IEnumerable<string> command) =>
        new(path, $"#!/bin/sh\nexec {string.Join(' ', command.Select(ContainerScript.Quote))} \"$@\"\n", Executable: true);

    private static string[] Dotnet(string assembly)
    {
        var (host, arguments) = DotnetProgram.Command(DotnetProgram.InContainer(assembly));
        return [host, .. arguments];
    }
}
