using System.Diagnostics;
using System.Globalization;

namespace Mesh.Testing;

/// <summary>Finds the sandbox's processes by the network namespaces they are in, and kills them without warning.</summary>
public sealed class SandboxProcesses(string prefix)
{
    /// <returns>The names of the network namespaces that belong to the sandbox.</returns>
    public IReadOnlyList<string> Namespaces() =>
        Run("ip", "netns", "list")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ')[0])
            .Where(name => name.StartsWith(prefix + "-", StringComparison.Ordinal))
            .ToList();

    /// <returns>The pids of processes in the sandbox whose command line contains <paramref name="text"/>.</returns>
    public IReadOnlyList<int> Running(string text, string? inNamespace = null) =>
        (inNamespace is null ? Namespaces() : [inNamespace])
            .SelectMany(name => Run("ip", "netns", "pids", name).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(line => int.Parse(line, CultureInfo.InvariantCulture))
            .Distinct()
            .Where(pid => Arguments(pid) is ["dotnet" or _, ..] arguments && IsProgram(arguments, text))
            .ToList();

    /// <returns>The network namespace that has <paramref name="ip"/>.</returns>
    public string NamespaceOf(string ip) =>
        Namespaces().FirstOrDefault(name => Run("ip", "-n", name, "-4", "-o", "address").Contains($" {ip}/", StringComparison.Ordinal))
        ?? throw new InvalidOperationException($"No network namespace of the sandbox has the address {ip}.");

    /// <returns>Whether an IPv4 address that begins with <paramref name="start"/> is in the namespace.</returns>
    public bool HasAddress(string name, string start) =>
        Run("ip", "-n", name, "-4", "-o", "address").Contains($" {start}", StringComparison.Ordinal);

    /// <summary>kill -9, to each. There must be one: a test that kills nothing proves nothing.</summary>
    public static void Kill(IReadOnlyCollection<int> pids)
    {
        if (pids.Count == 0)
        {
            throw new InvalidOperationException("There is no process to kill: the test would prove nothing.");
        }
        foreach (var pid in pids)
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
    }

    private static bool IsProgram(string[] arguments, string text) =>
        // Not the shell that started it, which has the same words in its command line.
        !arguments[0].EndsWith("sh", StringComparison.Ordinal) && arguments.Any(a => a.Contains(text, StringComparison.Ordinal));

    private static string[] Arguments(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (IOException)
        {
            return []; // it has just ended
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"{program} does not start");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
