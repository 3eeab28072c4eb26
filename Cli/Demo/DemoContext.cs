namespace Mesh.Cli.Demo;

/// <summary>What a step of the demo works with: it runs commands, shows them, and states what must hold.</summary>
internal sealed class DemoContext(DemoShell shell, DemoTranscript transcript, TimeProvider time, CancellationToken cancellationToken)
{
    private readonly List<string> _failures = [];

    /// <summary>The expectations that did not hold, in order.</summary>
    public IReadOnlyList<string> Failures => _failures;

    public string WorkingDirectory => shell.WorkingDirectory;

    /// <summary>Runs a command and shows it with its output.</summary>
    /// <returns>The output. A command that fails is a failed expectation.</returns>
    public async Task<string> RunAsync(string command)
    {
        transcript.Command(command);
        var result = await shell.RunAsync(command, transcript.Output, cancellationToken);
        if (result.ExitCode != 0)
        {
            Fail($"`{command}` succeeds", $"exit code {result.ExitCode}");
        }
        return result.Output;
    }

    /// <summary>
    /// Repeats a command unseen until its output is as expected, then shows the command and that output. After <paramref name="within"/>
    /// the last output is shown and the expectation has failed.
    /// </summary>
    /// <returns>The last output.</returns>
    public async Task<string> RunUntilAsync(string command, TimeSpan within, string expectation, Func<string, bool> holds)
    {
        var start = time.GetTimestamp();
        ShellResult result;
        bool held;
        do
        {
            result = await shell.RunAsync(command, onLine: null, cancellationToken);
            held = result.ExitCode == 0 && holds(result.Output);
            if (!held)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancellationToken);
            }
        }
        while (!held && time.GetElapsedTime(start) < within);
        transcript.Command(command);
        transcript.Output((result.Output + result.Errors).TrimEnd('\n'));
        Expect(expectation, held, $"not within {within.TotalSeconds:0} s");
        return result.Output;
    }

    /// <summary>Runs a command unseen; for what is only measured.</summary>
    public async Task<string> ReadAsync(string command) => (await shell.RunAsync(command, onLine: null, cancellationToken)).Output;

    public void Expect(string expectation, bool held, string instead)
    {
        if (held)
        {
            transcript.Held(expectation);
        }
        else
        {
            Fail(expectation, instead);
        }
    }

    public void Heading(string text) => transcript.Heading(text);

    public void Note(string text) => transcript.Note(text);

    private void Fail(string expectation, string instead)
    {
        _failures.Add(expectation);
        transcript.Failed(expectation, instead);
    }
}
