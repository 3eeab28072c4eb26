using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Cli.Check;

/// <summary>Everything as one JSON object at the end, with Linkerd's names.</summary>
internal sealed class JsonCheckReport(TextWriter output) : ICheckReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly JsonArray _categories = [];
    private JsonArray _checks = [];

    public Task WaitAsync(CheckItem item, string error, Task pause) => pause;

    public void Begin(CheckCategory category)
    {
        _checks = [];
        _categories.Add(new JsonObject { ["categoryName"] = category.Name, ["checks"] = _checks });
    }

    public void Add(CheckResult result)
    {
        var check = new JsonObject { ["description"] = result.Item.Description };
        if (result.Error is not null)
        {
            check["hint"] = result.Item.Hint;
            check["error"] = result.Error;
        }
        if (result.Note is not null)
        {
            check["note"] = result.Note;
        }
        check["result"] = result.Outcome.ToString().ToLowerInvariant();
        _checks.Add(check);
    }

    public void End()
    {
    }

    public void Finish(bool success) =>
        output.WriteLine(new JsonObject { ["success"] = success, ["categories"] = _categories }.ToJsonString(Indented));
}
