using Mesh.Cli.CommandLine;

return await MeshCommandLine.RunAsync(args, CliEnvironment.OfThisProcess(), CancellationToken.None);
