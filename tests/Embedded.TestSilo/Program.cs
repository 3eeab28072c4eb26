using System.Net;
using System.Security.Cryptography.X509Certificates;
using Mesh.Embedded.TestSilo;
using Microsoft.Extensions.Hosting;

// usage: Mesh.Embedded.TestSilo <port> <name> <cluster> <seed,seed…> <certificate.pfx> <anchor.pfx>
// Prints "ready" when the silo is active, and ends when its input does.
var seeds = args[3].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(IPEndPoint.Parse).ToArray();
var certificates = new TestCertificates(
    X509CertificateLoader.LoadPkcs12FromFile(args[4], null), X509CertificateLoader.LoadPkcs12FromFile(args[5], null));
var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
TestSiloHost.Configure(builder, new IPEndPoint(IPAddress.Loopback, int.Parse(args[0])), args[1], args[2], seeds, certificates.Tls());
using var host = builder.Build();
await host.StartAsync();
Console.WriteLine("ready");
await Console.In.ReadToEndAsync();
await host.StopAsync();
