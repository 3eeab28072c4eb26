using Mesh.Cli.CommandLine;

namespace Mesh.Cli.Check;

/// <summary>Linkerd's format. The short form shows only what is not well.</summary>
internal sealed class TextCheckReport(CliEnvironment environment, bool brief) : ICheckReport
{
    private readonly TextWriter _output = environment.Output;
    private CheckCategory? _category;
    private bool _headed;

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
        _output.WriteLine($"{Mark(result.Outcome)} {result.Item.Description}");
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

    public void Finish(bool success) =>
        _output.WriteLine($"Status check results are {Mark(success ? CheckOutcome.Success : CheckOutcome.Error)}");

    private void Head()
    {
        if (!_headed)
        {
            _headed = true;
            _output.WriteLine(_category!.Name);
            _output.WriteLine(new string('-', _category.Name.Length));
        }
    }

    private string Mark(CheckOutcome outcome)
    {
        var (mark, colour) = outcome switch
        {
            CheckOutcome.Success => ("√", 32),
            CheckOutcome.Warning => ("‼", 33),
            _ => ("×", 31),
        };
        return environment.IsTerminal ? $"\e[{colour}m{mark}\e[0m" : mark;
    }
}
