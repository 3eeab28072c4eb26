using Mesh.Cli.CommandLine;
using Spectre.Console;

namespace Mesh.Cli.Check;

/// <summary>Linkerd's format. The short form shows only what is not well.</summary>
internal sealed class TextCheckReport(CliEnvironment environment, bool brief) : ICheckReport
{
    private readonly TextWriter _output = environment.Output;
    private readonly IAnsiConsole _console = environment.Console;
    private CheckCategory? _category;
    private bool _headed;

    public Task WaitAsync(CheckItem item, string error, Task pause) => environment.IsTerminal
        ? _console.Status().StartAsync(Markup.Escape($"{item.Description} -- {error.ReplaceLineEndings(" ")}"), _ => pause)
        : pause;

    public void Begin(CheckCategory category)
    {
        _category = category;
        _headed = false;
        if (!brief)
        {
            Head();
        }
    }

    public void Add(CheckResult result)
    {
        if (brief && result.Outcome == CheckOutcome.Success)
        {
            return;
        }
        Head();
        Mark(result.Outcome);
        _output.WriteLine($" {result.Item.Description}{(result.Note is { } note ? $" ({note})" : "")}");
        if (result.Error is not null)
        {
            _output.WriteLine($"    {result.Error.ReplaceLineEndings("\n    ")}");
            _output.WriteLine($"    hint: {result.Item.Hint}");
        }
    }

    public void End()
    {
        if (_headed)
        {
            _output.WriteLine();
        }
    }

    public void Finish(bool success)
    {
        _output.Write("Status check results are ");
        Mark(success ? CheckOutcome.Success : CheckOutcome.Error);
        _output.WriteLine();
    }

    private void Head()
    {
        if (!_headed)
        {
            _headed = true;
            _output.WriteLine(_category!.Name);
            _output.WriteLine(new string('-', _category.Name.Length));
        }
    }

    private void Mark(CheckOutcome outcome) => _console.Markup(outcome switch
    {
        CheckOutcome.Success => "[green]√[/]",
        CheckOutcome.Warning => "[yellow]‼[/]",
        _ => "[red]×[/]",
    });
}
