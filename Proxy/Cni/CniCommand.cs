using System.Text.Json.Nodes;
using Mesh.Proxy.Netns;

namespace Mesh.Proxy.Cni;

/// <summary>
/// <c>Mesh.Proxy cni</c>: the CNI plugin that comes after the cluster's own in the chain. It changes nothing itself: it hands the pod's
/// network namespace to the node's proxy, waits until the pod is enrolled, and passes the earlier plugins' result on.
/// </summary>
internal static class CniCommand
{
    /// <summary>Runs one call.</summary>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="output">Standard output: the result, or the error, as JSON.</param>
    /// <param name="log">Standard error, which container runtimes log.</param>
    /// <returns>The exit code: 0, or 1 with an error on <paramref name="output"/>.</returns>
    public static int Run(Func<string, string?> environment, TextReader input, TextWriter output, TextWriter log)
    {
        var version = "1.0.0";
        try
        {
            var call = CniCall.Read(environment, input.ReadToEnd());
            version = call.CniVersion;
            switch (call.Command)
            {
                case "VERSION":
                    output.WriteLine(Versions(version).ToJsonString());
                    break;
                case "ADD":
                    Enrol(call);
                    output.WriteLine(call.PreviousResult!.ToJsonString());
                    break;
                case "CHECK":
                    Enrol(call);
                    break;
                case "DEL":
                    Unenrol(call, log);
                    break;
            }
            return 0;
        }
        catch (CniException refused)
        {
            output.WriteLine(Error(version, refused).ToJsonString());
            return 1;
        }
    }

    private static void Enrol(CniCall call)
    {
        if (call.PodNamespace.Length == 0 || call.PodName.Length == 0 || call.ExcludedNamespaces.Contains(call.PodNamespace))
        {
            return;
        }
        NetworkNamespace netns;
        try
        {
            netns = NetworkNamespace.Open(call.NetnsPath);
        }
        catch (Exception unopened) when (unopened is IOException or UnauthorizedAccessException)
        {
            throw new CniException(CniErrorCode.InputOutput, $"CNI_NETNS {call.NetnsPath} cannot be opened: {unopened.Message}");
        }
        using (netns)
        {
            var response = HandoverClient.Ask(call.Socket, Request(call), netns.Handle);
            if (response.ErrorCode != 0)
            {
                throw new CniException(response.ErrorCode, response.Error, response.Details);
            }
        }
    }

    private static void Unenrol(CniCall call, TextWriter log)
    {
        if (call.PodNamespace.Length == 0 || call.ExcludedNamespaces.Contains(call.PodNamespace))
        {
            return;
        }
        try
        {
            HandoverClient.Ask(call.Socket, Request(call), netns: null);
        }
        catch (CniException unreachable)
        {
            // DEL must succeed for what is gone already: the proxy lets go of a namespace that has no path any more by itself.
            log.WriteLine($"mesh-cni: {unreachable.Message}");
        }
    }

    private static HandoverRequest Request(CniCall call) => new(
        call.Command, call.ContainerId, call.PodNamespace, call.PodName, call.PodUid, call.NetnsPath, call.Addresses);

    private static JsonObject Versions(string version) => new()
    {
        ["cniVersion"] = version,
        ["supportedVersions"] = new JsonArray([.. CniCall.SupportedVersions.Select(supported => (JsonNode)supported)]),
    };

    private static JsonObject Error(string version, CniException refused) => new()
    {
        ["cniVersion"] = version,
        ["code"] = refused.Code,
        ["msg"] = refused.Message,
        ["details"] = refused.Details,
    };
}
