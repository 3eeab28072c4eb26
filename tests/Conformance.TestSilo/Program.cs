using Mesh.Conformance.TestSilo;
using Microsoft.Extensions.Hosting;

// usage: Mesh.Conformance.TestSilo <meeting point's folder> <name> <port>
// Prints "ready" when the silo is active, and ends when its input does.
var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
TestSiloHost.Configure(builder, new TestSiloSpec(new MeetingPoint(args[0]), args[1], int.Parse(args[2])));
using var host = builder.Build();
await host.StartAsync();
Console.WriteLine("ready");
await Console.In.ReadToEndAsync();
await host.StopAsync();
