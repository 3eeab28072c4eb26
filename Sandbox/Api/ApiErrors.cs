using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Types;
using Mesh.Sandbox.Api.Validation;

namespace Mesh.Sandbox.Api;

/// <summary>The refusals of the Kubernetes API, word for word, since people and programs recognise them.</summary>
internal static class ApiErrors
{
    public static ApiException NotFound(ResourceType type, string name) =>
        new(404, "NotFound", $"{type.Key} \"{name}\" not found", Details(type, name));

    public static ApiException NoSuchResource() =>
        new(404, "NotFound", "the server could not find the requested resource", new JsonObject());

    public static ApiException AlreadyExists(ResourceType type, string name) =>
        new(409, "AlreadyExists", $"{type.Key} \"{name}\" already exists", Details(type, name));

    public static ApiException Conflict(ResourceType type, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {type.Key} \"{name}\": {why}", Details(type, name));

    public static ApiException Modified(ResourceType type, string name) => Conflict(
        type, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiException Invalid(ResourceType type, string name, IReadOnlyCollection<FieldError> errors)
    {
        var details = new JsonObject { ["name"] = name };
        if (type.Group.Length > 0)
        {
            details["group"] = type.Group;
        }
        details["kind"] = type.Kind;
        details["causes"] = errors
            .Select(e => new JsonObject { ["reason"] = e.Reason, ["message"] = e.Message, ["field"] = e.Field })
            .ToJsonArray();
        var kind = type.Group.Length == 0 ? type.Kind : $"{type.Kind}.{type.Group}";
        var text = string.Join(", ", errors);
        return new(422, "Invalid", $"{kind} \"{name}\" is invalid: {(errors.Count == 1 ? text : $"[{text}]")}", details);
    }

    public static ApiException Forbidden(ResourceType type, string name, string why) =>
        new(403, "Forbidden", $"{type.Key} \"{name}\" is forbidden: {why}", Details(type, name));

    public static ApiException Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiException MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", new JsonObject());

    public static ApiException UnsupportedMediaType(params string[] accepted) =>
        new(415, "UnsupportedMediaType",
            $"the body of the request was in an unknown format - accepted media types include: {string.Join(", ", accepted)}");

    public static ApiException NotAcceptable(params string[] offered) =>
        new(406, "NotAcceptable", $"only the following media types are accepted: {string.Join(", ", offered)}");

    public static ApiException Expired(string message) => new(410, "Expired", message);

    public static ApiException TooLarge() =>
        new(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728");

    public static ApiException ServiceUnavailable(string message) => new(503, "ServiceUnavailable", message);

    public static ApiException Internal(string message) =>
        new(500, "InternalError", $"Internal error occurred: {message}",
            new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["message"] = message }) });

    public static JsonObject Details(ResourceType type, string name)
    {
        var details = new JsonObject { ["name"] = name };
        if (type.Group.Length > 0)
        {
            details["group"] = type.Group;
        }
        details["kind"] = type.Plural;
        return details;
    }
}
