using System.CommandLine;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Install;

namespace Mesh.Cli.Inject;

/// <summary><c>mesh inject</c>: adds the annotations to manifests that take their pods into the mesh, and leaves everything else as it is.</summary>
internal static class InjectCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var source = new Argument<string>("file") { Description = "A file or folder of YAML, or - for standard input." };
        var policy = new Option<string?>("--default-inbound-policy") { Description = "What is allowed at ports that no Server selects." };
        policy.AcceptOnlyFromAmong(InstallCatalog.InboundPolicies);
        var settings = new (Option<string?> Option, string Annotation)[]
        {
            (policy, "config.linkerd.io/default-inbound-policy"),
            (Ports("--opaque-ports", "Ports whose protocol is not looked at."), ManifestInjector.OpaquePorts),
            (Ports("--skip-inbound-ports", "Ports whose inbound traffic bypasses the mesh."), "config.linkerd.io/skip-inbound-ports"),
            (Ports("--skip-outbound-ports", "Ports whose outbound traffic bypasses the mesh."), "config.linkerd.io/skip-outbound-ports"),
        };
        var command = new Command("inject", "Add the annotations that take pods into the mesh; prints the manifests, for kubectl apply -f -.") { source };
        foreach (var (option, _) in settings)
        {
            command.Options.Add(option);
        }
        command.SetAction(async (parse, cancellationToken) =>
        {
            var annotations = new Dictionary<string, string> { [MeshNames.InjectAnnotation] = "enabled" };
            foreach (var (option, annotation) in settings)
            {
                if (parse.GetValue(option) is { } value)
                {
                    annotations[annotation] = value;
                }
            }
            var text = await ReadAsync(parse.GetValue(source)!, environment, cancellationToken);
            var result = Inject(text, annotations);
            await environment.Output.WriteAsync(result.Yaml);
            await environment.Error.WriteLineAsync($"\n{string.Join('\n', result.Report)}\n");
            return 0;
        });
        return command;
    }

    private static InjectionResult Inject(string text, IReadOnlyDictionary<string, string> annotations)
    {
        try
        {
            var result = ManifestInjector.Inject(text, annotations);
            return result.Report.Count > 0
                ? result
                : throw new CommandFailedException("There is no manifest in the input. Give the YAML of the workloads to take into the mesh.");
        }
        catch (FormatException e)
        {
            throw new CommandFailedException($"The input is {e.Message}", e);
        }
    }

    private static Option<string?> Ports(string name, string description)
    {
        var option = new Option<string?>(name) { Description = $"{description} Numbers and ranges, separated by commas: 3306,6379,8000-8010." };
        option.Validators.Add(result =>
        {
            foreach (var part in (result.Tokens is [var token, ..] ? token.Value : "").Split(','))
            {
                var ends = part.Split('-');
                if (ends.Length > 2 || !ends.All(e => ushort.TryParse(e, out var port) && port > 0)
                    || (ends.Length == 2 && ushort.Parse(ends[0]) > ushort.Parse(ends[1])))
                {
                    result.AddError($"{name}: \"{part}\" is neither a port nor a range of ports.");
                }
            }
        });
        return option;
    }

    private static async Task<string> ReadAsync(string source, CliEnvironment environment, CancellationToken cancellationToken)
    {
        if (source == "-")
        {
            return await environment.Input.ReadToEndAsync(cancellationToken);
        }
        if (!Directory.Exists(source))
        {
            return await File.ReadAllTextAsync(source, cancellationToken);
        }
        var files = Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".yaml" or ".yml" or ".json")
            .Order(StringComparer.Ordinal);
        return string.Join("\n---\n", files.Select(File.ReadAllText));
    }
}
