using System.Runtime.InteropServices;
using Mesh.Proxy.Succession;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Cni;

/// <summary>
/// Keeps the plugin installed on the node while the proxy runs: CNI configurations are rewritten by the cluster's network and by upgrades.
/// It stays installed when the proxy ends, so that no pod starts outside the mesh meanwhile; see <see cref="Uninstall"/>.
/// </summary>
internal sealed partial class CniInstaller(ProxyOptions options, TimeProvider time, ILogger<CniInstaller> logger)
    : SuspendableService
{
    // Changes are seen at once where the file system reports them; this is for where it does not.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _changed = new(0);
    private bool _programInstalled;

    /// <summary>Whether the plugin is in the node's chain, and in which file, or what is in the way.</summary>
    public (bool Installed, string Detail) State { get; private set; } = (false, "not attempted yet");

    /// <summary>Takes the plugin off the node for good.</summary>
    /// <returns>The configurations it was taken out of.</returns>
    public static IReadOnlyList<string> Uninstall(ProxyOptions options)
    {
        var changed = new CniConfiguration(options.CniConfigDirectory).Uninstall();
        new CniProgram(options.CniBinDirectory).Uninstall();
        return changed;
    }

    /// <summary>Installs what is not installed; says what is in the way in <see cref="State"/>.</summary>
    public void Apply()
    {
        try
        {
            if (!_programInstalled || !File.Exists(Path.Combine(options.CniBinDirectory, ConflistEditor.PluginType)))
            {
                var program = new CniProgram(options.CniBinDirectory);
                if (program.Install(AppContext.BaseDirectory.TrimEnd('/'), DotnetRoot()))
                {
                    LogProgram(logger, options.CniBinDirectory);
                }
                _programInstalled = true;
            }
            // The program first: a chain that names an absent plugin stops every pod.
            if (new CniConfiguration(options.CniConfigDirectory).Install(options.CniSocket, options.ExcludedNamespaces) is not { } chain)
            {
                State = (false, $"there is no CNI configuration in {options.CniConfigDirectory} yet: install the cluster's network");
                return;
            }
            if (chain.Changed)
            {
                LogChained(logger, chain.File);
            }
            State = (true, chain.File);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or FormatException)
        {
            var detail = "the CNI plugin cannot be installed in "
                + $"{options.CniConfigDirectory} and {options.CniBinDirectory}: {failure.Message}";
            if (State.Detail != detail)
            {
                LogFailed(logger, detail);
            }
            State = (false, detail);
        }
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var watcher = Watch();
        while (true)
        {
            Apply();
            using var wait = new CancellationTokenSource(CheckInterval, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, wait.Token);
            try
            {
                await _changed.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Time to look.
            }
        }
    }

    private FileSystemWatcher? Watch()
    {
        if (!Directory.Exists(options.CniConfigDirectory))
        {
            return null;
        }
        var watcher = new FileSystemWatcher(options.CniConfigDirectory) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite };
        watcher.Changed += (_, _) => _changed.Release();
        watcher.Created += (_, _) => _changed.Release();
        watcher.Renamed += (_, _) => _changed.Release();
        watcher.Deleted += (_, _) => _changed.Release();
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    // <root>/shared/Microsoft.NETCore.App/<version>/
    internal static string DotnetRoot() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    [LoggerMessage(EventId = 2330, Level = LogLevel.Information, Message = "CNI plugin mesh-cni installed in {Directory}")]
    private static partial void LogProgram(ILogger logger, string directory);

    [LoggerMessage(EventId = 2331, Level = LogLevel.Information, Message = "CNI plugin mesh-cni put into {File}")]
    private static partial void LogChained(ILogger logger, string file);

    [LoggerMessage(EventId = 2332, Level = LogLevel.Error, Message = "{Detail}")]
    private static partial void LogFailed(ILogger logger, string detail);
}
