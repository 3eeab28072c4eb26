using System.Diagnostics;
using System.Text.Json.Nodes;
using Mesh.Proxy.Cni;
using Mesh.Proxy.Tests.Enrolment;
using Mesh.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.Cni;

public sealed class CniInstallerTests : IDisposable
{
    private const string Chain = """{"cniVersion":"1.0.0","name":"net","plugins":[{"type":"bridge","ipam":{"type":"host-local"}}]}""";
    private readonly TemporaryDirectory _directory = new();

    public CniInstallerTests()
    {
        Directory.CreateDirectory(_directory.Options().CniConfigDirectory);
        Directory.CreateDirectory(_directory.Options().CniBinDirectory);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string ConfigurationDirectory => _directory.Options().CniConfigDirectory;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Apply_SeveralConfigurations_ChainsIntoTheFirstByName()
    {
        await WriteAsync("20-b.conflist", Chain);
        await WriteAsync("10-a.conflist", Chain);
        using var installer = Installer();

        installer.Apply();

        Assert.True(installer.State.Installed);
        var plugins = Read("10-a.conflist")["plugins"]!.AsArray();
        Assert.Equal(["bridge", "mesh-cni"], plugins.Select(plugin => (string?)plugin!["type"]));
        Assert.Equal("host-local", (string?)plugins[0]!["ipam"]!["type"]);
        Assert.Equal(_directory.Options().CniSocket, (string?)plugins[1]!["socket"]);
        Assert.Equal(Chain, await File.ReadAllTextAsync(Path.Combine(ConfigurationDirectory, "20-b.conflist"), Cancel));
    }

    [Fact]
    public async Task Apply_Again_LeavesTheFileUntouched()
    {
        await WriteAsync("10-a.conflist", Chain);
        using var installer = Installer();
        installer.Apply();
        var file = Path.Combine(ConfigurationDirectory, "10-a.conflist");
        var written = File.GetLastWriteTimeUtc(file);

        installer.Apply();

        Assert.Equal(written, File.GetLastWriteTimeUtc(file));
    }

    [Fact]
    public async Task Apply_SinglePluginConfiguration_BecomesAChain()
    {
        await WriteAsync("10-a.conf", """{"cniVersion":"0.4.0","name":"net","type":"bridge","mtu":1400}""");
        using var installer = Installer();

        installer.Apply();

        var list = Read("10-a.conflist");
        Assert.Equal(("0.4.0", "net"), ((string?)list["cniVersion"], (string?)list["name"]));
        Assert.Equal(1400, (int?)list["plugins"]![0]!["mtu"]);
        Assert.Equal("mesh-cni", (string?)list["plugins"]![1]!["type"]);
        Assert.False(File.Exists(Path.Combine(ConfigurationDirectory, "10-a.conf")));
    }

    [Fact]
    public void Apply_NoConfigurationYet_SaysSo()
    {
        using var installer = Installer();

        installer.Apply();

        Assert.False(installer.State.Installed);
        Assert.Contains("no CNI configuration", installer.State.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"plugins":[]}""")]
    [InlineData("""{"plugins":{}}""")]
    public async Task Apply_BrokenConfiguration_IsLeftAloneAndNamed(string content)
    {
        await WriteAsync("10-a.conflist", content);
        using var installer = Installer();

        installer.Apply();

        Assert.False(installer.State.Installed);
        Assert.Equal(content, await File.ReadAllTextAsync(Path.Combine(ConfigurationDirectory, "10-a.conflist"), Cancel));
    }

    [Fact]
    public async Task Run_ConfigurationRewritten_IsChainedAgain()
    {
        await WriteAsync("10-a.conflist", Chain);
        using var installer = Installer();
        await installer.StartAsync(Cancel);
        await Eventually.Holds(() => IsChained("10-a.conflist"), TimeSpan.FromSeconds(10), () => installer.State.Detail, Cancel);

        await WriteAsync("10-a.conflist", Chain);

        await Eventually.Holds(() => IsChained("10-a.conflist"), TimeSpan.FromSeconds(10), () => installer.State.Detail, Cancel);
        await installer.StopAsync(Cancel);
    }

    [Fact]
    public async Task Uninstall_Installed_LeavesNothing()
    {
        await WriteAsync("10-a.conflist", Chain);
        using var installer = Installer();
        installer.Apply();

        CniInstaller.Uninstall(_directory.Options());

        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.Options().CniBinDirectory));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Chain), Read("10-a.conflist")));
    }

    [Fact]
    public async Task Apply_Installed_ExecutableAnswersVersion()
    {
        await WriteAsync("10-a.conflist", Chain);
        // What the tests run in is not the proxy's own directory; the program beside it is.
        var source = Path.GetDirectoryName(typeof(CniProgram).Assembly.Location)!
            .Replace("Mesh.Proxy.Tests", "Mesh.Proxy", StringComparison.Ordinal);
        new CniProgram(_directory.Options().CniBinDirectory).Install(source, CniInstaller.DotnetRoot());
        var start = new ProcessStartInfo(Path.Combine(_directory.Options().CniBinDirectory, "mesh-cni"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["CNI_COMMAND"] = "VERSION" },
        };

        using var plugin = await StartAsync(start);
        plugin.StandardInput.Close();
        var output = await plugin.StandardOutput.ReadToEndAsync(Cancel);
        await plugin.WaitForExitAsync(Cancel);

        Assert.Equal(0, plugin.ExitCode);
        Assert.Equal("1.0.0", (string?)JsonNode.Parse(output)!["cniVersion"]);
    }

    // A process that another test starts at this moment holds, until it runs its own program, what we have just written open.
    private static async Task<Process> StartAsync(ProcessStartInfo start)
    {
        const int TextFileBusy = 26;
        Process? process = null;
        await Eventually.Holds(
            () =>
            {
                try
                {
                    process = Process.Start(start);
                }
                catch (System.ComponentModel.Win32Exception busy) when (busy.NativeErrorCode == TextFileBusy)
                {
                    process = null;
                }
                return process is not null;
            },
            TimeSpan.FromSeconds(10), () => "the file stays busy", Cancel);
        return process!;
    }

    private CniInstaller Installer() => new(_directory.Options(), TimeProvider.System, NullLogger<CniInstaller>.Instance);

    private Task WriteAsync(string name, string content) =>
        File.WriteAllTextAsync(Path.Combine(ConfigurationDirectory, name), content, Cancel);

    private JsonObject Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(ConfigurationDirectory, name)))!.AsObject();

    private bool IsChained(string name)
    {
        try
        {
            return Read(name)["plugins"]!.AsArray().Count == 2;
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }
}
