using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Proxies;

/// <summary>The application behind the proxies: an nginx that answers from memory, over HTTP/1.1 and, at another port, HTTP/2.</summary>
internal sealed class NginxBackend : IDisposable
{
    public const string Small = "/hello";
    public const string TenKilobytes = "/10k";
    public const string OneMegabyte = "/1m";
    private readonly ChildProcess _process;

    private NginxBackend(ChildProcess process, int http1Port, int http2Port)
    {
        _process = process;
        Http1Port = http1Port;
        Http2Port = http2Port;
    }

    public int Http1Port { get; }

    public int Http2Port { get; }

    public double CpuMicroseconds => _process.CpuMicroseconds;

    public static NginxBackend Start(Lab lab)
    {
        var plan = PairPlan.Make(lab, "backend", 0);
        var files = Directory.CreateDirectory(plan.Path("files")).FullName;
        File.WriteAllText(files + TenKilobytes, new string('x', 10 * 1024));
        File.WriteAllText(files + OneMegabyte, new string('x', 1024 * 1024));
        var prefix = plan.Path("nginx");
        var text = $$"""
            {{NginxConfiguration.Base(prefix)}}
            http {
            {{NginxConfiguration.Http(prefix)}}
                sendfile on;
                open_file_cache max=100;
                server {
                    listen 127.0.0.1:{{plan.ClientPort}} backlog=4096;
                    listen 127.0.0.1:{{plan.ServerPort}} http2 backlog=4096;
                    root {{files}};
                    location = {{Small}} { default_type text/plain; return 200 "hello\n"; }
                }
            }

            """;
        var process = ChildProcess.Start(["nginx", "-c", plan.Write("nginx.conf", text)], plan.Path("nginx.log"));
        try
        {
            lab.WaitForPort(plan.ClientPort, process, "The backend");
        }
        catch
        {
            process.Dispose();
            throw;
        }
        return new NginxBackend(process, plan.ClientPort, plan.ServerPort);
    }

    public void Dispose() => _process.Dispose();
}
