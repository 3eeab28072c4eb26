using System.Reflection;

namespace Mesh.Cli.Demo;

/// <summary>Runs the guide against a sandbox of its own and says whether everything it promises held.</summary>
internal static class DemoRunner
{
    private const string Samples = "k8s/samples/";

    /// <returns>0 when every expectation held, 1 otherwise.</returns>
    public static async Task<int> RunAsync(DemoOptions options, TextWriter output, bool colour, CancellationToken cancellationToken)
    {
        var transcript = new DemoTranscript(output, colour);
        var sandboxArguments = SandboxArguments(options);
        using var shell = new DemoShell(options.State is null ? null : Path.Combine(options.State, "kubeconfig"));
        await WriteSamplesAsync(shell.WorkingDirectory, cancellationToken);
        var demo = new DemoContext(shell, transcript, TimeProvider.System, cancellationToken);
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        try
        {
            var up = $"{sandboxArguments}{(options.State is null ? "" : " --no-merge-kubeconfig")}{(options.DualStack ? " --dual-stack" : "")}";
            await new GuideScript(demo, up).RunAsync();
            transcript.Heading(demo.Failures.Count == 0
                ? $"Everything the guide promises held ({time.GetElapsedTime(start).TotalSeconds:0} s)."
                : $"{demo.Failures.Count} expectations did not hold: {string.Join("; ", demo.Failures)}.");
            if (!options.Exit && !options.LeaveUp)
            {
                transcript.Note("The clusters are up. Try them in another terminal: kubectl --context east …, ./mesh --context west …");
                transcript.Note("Ctrl-C takes them down.");
                await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            transcript.Note("Interrupted.");
        }
        finally
        {
            if (!options.LeaveUp)
            {
                await TearDownAsync(shell, transcript, sandboxArguments);
            }
        }
        return demo.Failures.Count == 0 ? 0 : 1;
    }

    private static async Task TearDownAsync(DemoShell shell, DemoTranscript transcript, string sandboxArguments)
    {
        transcript.Command($"mesh sandbox down{sandboxArguments}");
        // Whoever interrupted the demo still wants the clusters gone.
        var result = await shell.RunAsync($"mesh sandbox down{sandboxArguments}", transcript.Output, CancellationToken.None);
        if (result.ExitCode != 0)
        {
            transcript.Failed("the sandbox is taken down", $"exit code {result.ExitCode}; run `./mesh sandbox down` again");
        }
    }

    private static string SandboxArguments(DemoOptions options) =>
        (options.State is null ? "" : $" --state '{options.State}'") +
        (options.Prefix is null ? "" : $" --prefix {options.Prefix}");

    private static async Task WriteSamplesAsync(string folder, CancellationToken cancellationToken)
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Samples, StringComparison.Ordinal)))
        {
            await using var resource = assembly.GetManifestResourceStream(name)!;
            await using var file = File.Create(Path.Combine(folder, name[Samples.Length..]));
            await resource.CopyToAsync(file, cancellationToken);
        }
    }
}
