namespace Mesh.Sandbox.Node;

/// <summary>The files of one run of a container. The directory is made before the process and outlives the agent.</summary>
internal readonly record struct ContainerPaths(string Directory, string Log)
{
    /// <summary>Identity of the process that waits for the container, written by itself.</summary>
    public string Shim => Path.Combine(Directory, "shim");

    /// <summary>Identity of the container's main process, seen from outside, written by itself just before it becomes the program.</summary>
    public string Main => Path.Combine(Directory, "main");

    /// <summary>The exit code as a shell sees it (128 + signal), written when the container has ended.</summary>
    public string Exit => Path.Combine(Directory, "exit");

    /// <summary>What went wrong before the program started.</summary>
    public string SetupErrors => Path.Combine(Directory, "setup-errors");

    public string Script => Path.Combine(Directory, "container.sh");

    /// <summary>Mount point of the root file system, seen only inside the container's mount namespace.</summary>
    public string Root => Path.Combine(Directory, "root");
}
