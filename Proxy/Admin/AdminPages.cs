using System.Buffers;
using System.Text;
using Mesh.Proxy.Enrolment;

namespace Mesh.Proxy.Admin;

/// <summary><c>/live</c>, <c>/ready</c> and <c>/metrics</c> on the node's address.</summary>
internal sealed class AdminPages(Readiness readiness, INodeDataPlane dataPlane, NodeMetrics metrics)
{
    private const string PrometheusText = "text/plain; version=0.0.4; charset=utf-8";

    /// <returns>Null: there is no such page.</returns>
    public AdminAnswer? Find(string path)
    {
        switch (path)
        {
            case "/live":
                return AdminAnswer.Text(200, "ok\n");
            case "/ready":
                var (ready, text) = readiness.Look();
                return AdminAnswer.Text(ready ? 200 : 503, text);
            case "/metrics":
                var buffer = new ArrayBufferWriter<byte>(16 * 1024);
                dataPlane.WritePrometheus(buffer);
                buffer.Write(Encoding.UTF8.GetBytes(metrics.Write()));
                return new AdminAnswer(200, PrometheusText, buffer.WrittenMemory);
            default:
                return null;
        }
    }
}
