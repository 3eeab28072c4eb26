using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Mesh.Cli.Check;
using Mesh.Cli.Demo;
using Mesh.Cli.Identity;
using Mesh.Cli.Inject;
using Mesh.Cli.Install;
using Mesh.Cli.Multicluster;
using Mesh.Cli.Sandbox;
using Mesh.Cli.Version;
using Mesh.Cli.Viz;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;

namespace Mesh.Cli.CommandLine;

/// <summary>The <c>mesh</c> command: every command in one tree, and what an error becomes.</summary>
internal static class MeshCommandLine
{
    private const int Failed = 1;
    private const int WrongUsage = 2;

    /// <returns>The exit code: 0 done, 1 it failed, 2 the command line is wrong.</returns>
    public static async Task<int> RunAsync(string[] args, CliEnvironment environment, CancellationToken cancellationToken)
    {
        if (args is [SandboxCommand.Name, ..])
        {
            // The sandbox has a command line of its own, help included.
            return await GuardAsync(environment, verbose: false, () => SandboxCommand.RunAsync(args[1..], cancellationToken));
        }
        var globals = new GlobalOptions(environment);
        var parse = Create(environment, globals).Parse(args);
        if (parse.Errors is [var error, ..])
        {
            // The library lists allowed values on lines of their own.
            var message = string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
            await environment.Error.WriteLineAsync($"mesh: {message}. Run `{CommandPath(parse)} --help` for what it takes.");
            return WrongUsage;
        }
        var configuration = new InvocationConfiguration
        {
            Output = environment.Output,
            Error = environment.Error,
            EnableDefaultExceptionHandler = false,
        };
        return await GuardAsync(environment, parse.GetValue(globals.Verbose), () => parse.InvokeAsync(configuration, cancellationToken));
    }

    private static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        // Not a RootCommand: that would call itself by the name of the assembly.
        var root = new Command("mesh", "Mesh.Orleans: a service mesh across Kubernetes clusters.")
        {
            new HelpOption(),
            InstallCommand.Create(environment, globals),
            UninstallCommand.Create(environment, globals),
            CertificatesCommand.Create(environment),
            CheckCommand.Create(environment, globals),
            InjectCommand.Create(environment),
            MulticlusterCommand.Create(environment, globals),
            VizCommand.Create(environment, globals),
            SandboxCommand.Create(),
            DemoCommand.Create(environment),
            VersionCommand.Create(environment, globals),
        };
        globals.AddTo(root);
        return root;
    }

    private static async Task<int> GuardAsync(CliEnvironment environment, bool verbose, Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (UsageException e)
        {
            await environment.Error.WriteLineAsync($"mesh: {e.Message}");
            return WrongUsage;
        }
        catch (OperationCanceledException)
        {
            await environment.Error.WriteLineAsync("mesh: interrupted");
            return Failed;
        }
        catch (Exception e) when (Explain(e) is { } message)
        {
            await environment.Error.WriteLineAsync($"mesh: {(verbose ? $"{message}\n{e}" : message.ReplaceLineEndings(" "))}");
            return Failed;
        }
    }

    /// <summary>One line for what can go wrong outside of this program; null for what is a bug in it.</summary>
    private static string? Explain(Exception exception) => exception switch
    {
        CommandFailedException or KubernetesConfigurationException or TimeoutException => exception.Message,
        KubernetesException { Status: System.Net.HttpStatusCode.Unauthorized } =>
            $"{exception.Message}: the API server does not accept the credentials of this context. Renew them, or choose another with --context.",
        KubernetesException { Status: System.Net.HttpStatusCode.Forbidden } =>
            $"{exception.Message}. Use a context that may do this, or have the permission granted.",
        KubernetesException => exception.Message,
        HttpRequestException => $"The API server cannot be reached: {Innermost(exception).Message}. Check --context and that the cluster is up.",
        IOException or UnauthorizedAccessException => exception.Message,
        _ => null,
    };

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;

    private static string CommandPath(ParseResult parse)
    {
        var names = new List<string>();
        for (var result = parse.CommandResult; result is not null; result = result.Parent as CommandResult)
        {
            names.Insert(0, result.Command.Name);
        }
        return string.Join(' ', names);
    }
}
