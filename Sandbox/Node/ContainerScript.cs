using System.Text;
using Mesh.Sandbox.Lifecycle;

namespace Mesh.Sandbox.Node;

/// <summary>
/// Writes the shell scripts that become containers. .NET cannot fork, so namespaces and mounts are made by util-linux in a script
/// that in the end execs the program; nothing of .NET runs in between.
/// </summary>
internal static class ContainerScript
{
    /// <summary>
    /// Runs the container's script and waits for it. It is a session of its own, so it lives on when the agent dies, and leaves the exit
    /// code where the next agent finds it. It already is in the container's namespaces except that of processes, whose first member is
    /// what it forks first: the script. Files are opened beforehand because the script changes the root under both. Descriptor 3
    /// leads to the agent. (unshare --fork would be shorter, but reports exit code 1 for a container that was killed.)
    /// </summary>
    public const string Shim = """
        read -r stat </proc/self/stat
        echo "$stat" >"$1/shim"
        exec 4>"$1/exit"
        { sh "$3"; } 3>&1 >>"$2" 2>&1 </dev/null 4>&-
        echo $? >&4
        """;

    // Hidden behind empty directories: the person's files and credentials, and the sandbox's own.
    private static readonly (string Path, string Mode)[] Hidden = [("tmp", "1777"), ("run", "755"), ("root", "755"), ("home", "755"), ("dev/shm", "1777")];

    private static readonly string[] SystemDirectories = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/opt", "/var", "/srv"];

    /// <summary>
    /// The script of a container: a root that is the machine's file system seen through an overlay (writes stay in memory and
    /// vanish with the container), with its own /proc, /sys, /tmp and /run, the mounts on top, and then the program as process 1.
    /// </summary>
    public static string Container(ContainerLaunch launch)
    {
        var script = new StringBuilder();
        // /proc is still the machine's here, so this is the process id as everybody outside sees it.
        script.Append("set -e\nread -r stat </proc/self/stat\n");
        script.Append($"exec 2>{Quote(launch.Paths.SetupErrors)}\n");
        AppendRoot(script, launch.Paths.Root, "mount -t proc proc proc\nmount -t sysfs sysfs sys\n");
        script.Append($"echo {Quote(launch.Hostname)} >/proc/sys/kernel/hostname\n");
        foreach (var file in launch.Files)
        {
            script.Append($"mkdir -p {Quote(Path.GetDirectoryName(file.Path)!)}\n");
            script.Append($"rm -f {Quote(file.Path)}\nprintf %s {Quote(file.Content)} >{Quote(file.Path)}\n");
            if (file.Executable)
            {
                script.Append($"chmod 755 {Quote(file.Path)}\n");
            }
        }
        AppendMounts(script, launch.Mounts);
        script.Append("umount -l /.old\nrmdir /.old\n");
        if (launch.ReadOnlyRoot)
        {
            script.Append("mount -o remount,bind,ro /\n");
        }
        script.Append($"cd {Quote(launch.WorkingDirectory)}\n");
        // Standard error is still the errors' file: what is reported on descriptor 3 is that all of the above worked.
        script.Append("(echo \"$stat\" >&3) 2>/dev/null || :\nexec 2>&1 3>&-\n");
        script.Append("exec env -i");
        foreach (var (name, value) in launch.Environment)
        {
            script.Append(' ').Append(Quote($"{name}={value}"));
        }
        AppendPrivileges(script, launch);
        foreach (var argument in launch.Command)
        {
            script.Append(' ').Append(Quote(argument));
        }
        return script.Append('\n').ToString();
    }

    /// <summary>The script of a node's own view of the file system, in which CNI plugins run: hostPath directories where they belong.</summary>
    public static string NodeView(string root, IEnumerable<ContainerMount> mounts)
    {
        var script = new StringBuilder("set -e\n");
        AppendRoot(script, root, "mount --rbind /proc proc\nmount --rbind /sys sys\n");
        AppendMounts(script, mounts);
        return script.Append("umount -l /.old\nrmdir /.old\necho ready\nexec >/dev/null 2>&1\nexec sleep infinity\n").ToString();
    }

    public static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    // Root keeps what the bounding set leaves over when the program is executed; other users have no capabilities at all, as everywhere.
    private static void AppendPrivileges(StringBuilder script, ContainerLaunch launch)
    {
        var options = new StringBuilder();
        if (launch.User is not null || launch.Group is not null)
        {
            options.Append($" --clear-groups --reuid {launch.User ?? 0} --regid {launch.Group ?? 0}");
        }
        if (launch.Capabilities is { } capabilities)
        {
            options.Append(" --inh-caps -all --bounding-set ").Append(Quote(string.Join(',', capabilities.Select(c => $"+{c.ToLowerInvariant()}").Prepend("-all"))));
        }
        if (!launch.PrivilegeEscalation)
        {
            options.Append(" --no-new-privs");
        }
        if (options.Length > 0)
        {
            script.Append(" setpriv").Append(options).Append(" --");
        }
    }

    private static void AppendRoot(StringBuilder script, string root, string systemMounts)
    {
        script.Append($"root={Quote(root)}\nmkdir -p \"$root\"\n");
        script.Append("mount -t tmpfs -o mode=755 tmpfs \"$root\"\ncd \"$root\"\nmkdir upper work root\n");
        script.Append("mount -t overlay -o lowerdir=/,upperdir=\"$root/upper\",workdir=\"$root/work\" overlay root\n");
        // An overlay shows one file system; where the machine has its system directories on several, each gets its own.
        foreach (var (point, i) in SystemMountPoints(File.ReadLines("/proc/self/mountinfo")).Select((p, i) => (p, i)))
        {
            script.Append($"mkdir upper{i} work{i}\n");
            script.Append($"mount -t overlay -o lowerdir={Quote(point)},upperdir=\"$root/upper{i}\",workdir=\"$root/work{i}\" overlay {Quote("root" + point)}\n");
        }
        script.Append("cd root\n");
        script.Append(systemMounts).Append("mount --rbind /dev dev\n");
        foreach (var (path, mode) in Hidden)
        {
            script.Append($"[ -d {path} ] || mkdir -p {path}\nmount -t tmpfs -o mode={mode} tmpfs {path}\n");
        }
        script.Append("mkdir .old\npivot_root . .old\ncd /\n");
        AppendMounts(script,
        [
            // Through the overlay a rebuilt file could be seen half old and half new.
            new ContainerMount(DotnetProgram.BuildOutput, DotnetProgram.ContainerOutput, ReadOnly: true),
            new ContainerMount(DotnetProgram.DotnetRoot, DotnetProgram.DotnetRoot, ReadOnly: true),
        ]);
    }

    /// <summary>Directories of the system that are file systems of their own, outer before inner.</summary>
    internal static IReadOnlyList<string> SystemMountPoints(IEnumerable<string> mountInfo) =>
    [
        .. mountInfo.Select(l => l.Split(' ')).Where(f => f.Length > 4).Select(f => f[4])
            .Where(p => SystemDirectories.Any(d => p == d || p.StartsWith(d + "/", StringComparison.Ordinal)) && Directory.Exists(p))
            .Distinct().Order(StringComparer.Ordinal),
    ];

    // After pivot_root only: links inside the new root (such as /var/run) must not lead out into the machine's own.
    private static void AppendMounts(StringBuilder script, IEnumerable<ContainerMount> mounts)
    {
        foreach (var mount in mounts)
        {
            var target = Quote(mount.Target);
            script.Append(mount.IsFile
                ? $"mkdir -p {Quote(Path.GetDirectoryName(mount.Target)!)}\n[ -e {target} ] || : >{target}\n"
                : $"[ -d {target} ] || mkdir -p {target}\n");
            script.Append(mount.ReadOnly ? "mount -o bind,ro " : "mount --rbind ").Append(Quote("/.old" + mount.Source)).Append(' ').Append(target).Append('\n');
        }
    }
}
