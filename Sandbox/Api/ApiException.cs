using System.Text.Json.Nodes;

namespace Mesh.Sandbox.Api;

/// <summary>A request that is refused. Carries the Kubernetes Status object the client gets.</summary>
internal sealed class ApiException : Exception
{
    public ApiException(int code, string reason, string message, JsonObject? details = null) : base(message)
    {
        Code = code;
        Reason = reason;
        Status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = message,
            ["reason"] = reason,
        };
        if (details is not null)
        {
            Status["details"] = details;
        }
        Status["code"] = code;
    }

    /// <summary>The HTTP status code.</summary>
    public int Code { get; }

    /// <summary>The machine-readable reason, such as <c>NotFound</c>.</summary>
    public string Reason { get; }

    public JsonObject Status { get; }
}
