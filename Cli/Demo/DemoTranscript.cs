namespace Mesh.Cli.Demo;

/// <summary>What the demo prints: headings, the commands before their output, and what was expected of it.</summary>
internal sealed class DemoTranscript(TextWriter writer, bool colour)
{
    private readonly Lock _lock = new();

    public void Heading(string text) => Line($"\n{Style("1")}{text}{Style("0")}");

    public void Command(string text) => Line($"\n{Style("36")}$ {text}{Style("0")}");

    public void Output(string text) => Line(text);

    public void Note(string text) => Line($"{Style("2")}{text}{Style("0")}");

    public void Held(string expectation) => Line($"{Style("32")}√{Style("0")} {expectation}");

    public void Failed(string expectation, string instead) => Line($"{Style("31")}×{Style("0")} {expectation}\n    instead: {instead}");

    private void Line(string text)
    {
        lock (_lock)
        {
            writer.WriteLine(text);
        }
    }

    private string Style(string code) => colour ? $"\u001b[{code}m" : "";
}
