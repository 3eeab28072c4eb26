using System.Text;
using Mesh.Proxy.Cni;
using Mesh.Proxy.Session;

namespace Mesh.Proxy.Admin;

/// <summary>Whether the node's proxy can do its job: the data plane runs, pods can be handed over, and it knows the mesh.</summary>
internal sealed class Readiness(CniInstaller cni, HandoverServer handover, SessionKeeper session, DataPlaneService dataPlane)
{
    /// <summary>Whether everything is there, and a line about each thing.</summary>
    public (bool Ready, string Text) Look()
    {
        var installed = cni.State;
        var knows = session.HasBeenCurrent || dataPlane.Restored > 0;
        var text = new StringBuilder();
        Line(text, "data plane", dataPlane.IsRunning, dataPlane.IsRunning ? "running" : "not started");
        Line(text, "cni plugin", installed.Installed, installed.Detail);
        Line(text, "cni socket", handover.IsListening, handover.IsListening ? "listening" : "not listening");
        Line(text, "control plane", knows, session.IsConnected
            ? (session.HasBeenCurrent ? "in session" : "in session, not everything received yet")
            : $"no session: {session.LastFailure}{(knows ? "; going on with what was known" : string.Empty)}");
        return (dataPlane.IsRunning && installed.Installed && handover.IsListening && knows, text.ToString());
    }

    private static void Line(StringBuilder text, string subject, bool ready, string detail) =>
        text.Append(ready ? "ok      " : "not ok  ").Append(subject).Append(": ").Append(detail).Append('\n');
}
