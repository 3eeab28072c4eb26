using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Mesh.Proxy.Cni;
using Mesh.Proxy.Tests.Enrolment;
using Mesh.Testing;

namespace Mesh.Proxy.Tests.Succession;

/// <summary>A real process of the node's proxy, as a container of the DaemonSet starts it.</summary>
internal sealed class ProxyProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log = new();

    private ProxyProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => _log.Enqueue(line.Data ?? string.Empty);
        process.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data ?? string.Empty);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Log => string.Join('\n', _log);

    public int ExitCode => _process.ExitCode;

    public bool HasExited => _process.HasExited;

    public static ProxyProcess Start(TemporaryDirectory directory, string podName, int adminPort, int drainSeconds, string command = "run")
    {
        var options = directory.Options();
        var start = new ProcessStartInfo(Path.Combine(CniInstaller.DotnetRoot(), "dotnet"))
        {
            ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "Mesh.Proxy.dll"), command },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var environment = new Dictionary<string, string>
        {
            ["MESH_CLUSTER_NAME"] = options.ClusterName,
            ["NODE_NAME"] = options.NodeName,
            ["POD_NAME"] = podName,
            ["POD_IP"] = "127.0.0.1",
            ["MESH_ADMIN_PORT"] = adminPort.ToString(CultureInfo.InvariantCulture),
            ["MESH_DRAIN_SECONDS"] = drainSeconds.ToString(CultureInfo.InvariantCulture),
            // No silo listens there: everything comes from the node's disk.
            ["MESH_SILO_ADDRESS"] = "127.0.0.1:1",
            ["MESH_TOKEN_PATH"] = options.TokenPath,
            ["MESH_TRUST_ANCHORS_PATH"] = options.TrustAnchorsPath,
            ["MESH_STATE_DIRECTORY"] = options.StateDirectory,
            ["MESH_RUN_DIRECTORY"] = options.RunDirectory,
            ["MESH_CNI_CONFIG_DIRECTORY"] = options.CniConfigDirectory,
            ["MESH_CNI_BIN_DIRECTORY"] = options.CniBinDirectory,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        return new ProxyProcess(Process.Start(start)!);
    }

    /// <summary>Waits until it has said <paramref name="text"/>.</summary>
    public Task SaysAsync(string text, CancellationToken cancellationToken) => Eventually.Holds(
        () => _log.Any(line => line.Contains(text, StringComparison.Ordinal)), TimeSpan.FromSeconds(60),
        () => $"'{text}' was not said:\n{Log}", cancellationToken);

    /// <summary>SIGTERM.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>SIGKILL, and waits until the kernel has closed everything.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public Task EndsAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }
        _process.Dispose();
    }
}
