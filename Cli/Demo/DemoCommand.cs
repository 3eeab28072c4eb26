using System.CommandLine;
using Mesh.Cli.CommandLine;

namespace Mesh.Cli.Demo;

/// <summary><c>mesh demo</c>: the guide, run against two clusters on this machine.</summary>
internal static class DemoCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var exit = new Option<bool>("--exit")
        {
            Description = "Take everything down at the end; the exit code says whether every expectation held.",
        };
        var leaveUp = new Option<bool>("--leave-up") { Description = "Return at the end and leave the clusters up." };
        var state = new Option<string?>("--state") { Description = "The sandbox's state folder, for a demo beside another sandbox." };
        var prefix = new Option<string?>("--prefix") { Description = "What the sandbox's network namespaces are called." };
        var dualStack = new Option<bool>("--dual-stack") { Description = "Pods get IPv6 addresses too, and Services can (ipFamilyPolicy)." };
        var command = new Command("demo", "Make two clusters on this machine and run the guide through them (root).")
        {
            exit, leaveUp, state, prefix, dualStack,
        };
        command.SetAction((parse, cancellationToken) =>
        {
            var options = new DemoOptions
            {
                Exit = parse.GetValue(exit),
                LeaveUp = parse.GetValue(leaveUp),
                State = parse.GetValue(state),
                Prefix = parse.GetValue(prefix),
                DualStack = parse.GetValue(dualStack),
            };
            return DemoRunner.RunAsync(options, environment.Output, environment.IsTerminal, cancellationToken);
        });
        return command;
    }
}
