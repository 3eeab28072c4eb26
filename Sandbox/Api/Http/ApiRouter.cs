using System.Net.Sockets;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Security;
using Mesh.Sandbox.Api.Types;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Sandbox.Api.Http;

/// <summary>Where every request comes in: who is it, may they, and which endpoint answers.</summary>
internal sealed partial class ApiRouter
{
    private readonly ApiEndpoints _endpoints;
    private readonly ApiFaults _faults;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public ApiRouter(ApiEndpoints endpoints, ApiFaults faults, TimeProvider time, ILogger logger)
    {
        _endpoints = endpoints;
        _faults = faults;
        _time = time;
        _logger = logger;
    }

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            if (_faults.Delay is { Ticks: > 0 } delay)
            {
                await Task.Delay(delay, _time, context.RequestAborted);
            }
            await RouteAsync(context);
        }
        catch (ApiException e) when (!context.Response.HasStarted)
        {
            if (e.Code == 401)
            {
                context.Response.Headers.WWWAuthenticate = "Bearer";
            }
            await JsonResponse.WriteAsync(context, e.Code, e.Status);
        }
        catch (Exception e) when (IsClientGone(e, context))
        {
            // Nobody is left to answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            RequestFailed(e, context.Request.Method, context.Request.Path);
            await JsonResponse.WriteAsync(context, 500, ApiErrors.Internal(e.Message).Status);
        }
    }

    private static bool IsClientGone(Exception e, HttpContext context) =>
        context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException or SocketException;

    private Task RouteAsync(HttpContext context)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = raw.Split('?')[0];
        if (path is "/healthz" or "/livez" or "/readyz" || path.StartsWith("/healthz/", StringComparison.Ordinal)
            || path.StartsWith("/livez/", StringComparison.Ordinal) || path.StartsWith("/readyz/", StringComparison.Ordinal))
        {
            return JsonResponse.WriteTextAsync(context, 200, "ok");
        }
        if (path == "/version")
        {
            return JsonResponse.WriteAsync(context, 200, _endpoints.Version());
        }
        var user = _endpoints.Authenticator.Authenticate(context);
        if (user == UserInfo.Anonymous)
        {
            throw ApiErrors.Unauthorized();
        }
        path = path.Length > 1 ? path.TrimEnd('/') : path;
        return RequestTarget.Parse(path) is { } target ? ResourceAsync(context, target, user) : DocumentAsync(context, path, user);
    }

    private Task ResourceAsync(HttpContext context, RequestTarget target, UserInfo user)
    {
        var catalog = _endpoints.Operations.Catalog;
        var type = catalog.Find(target.Group, target.Resource);
        var review = type is null ? catalog.FindReview(target.Group, target.Resource) : null;
        if ((type ?? review) is not { } found || !found.Serves(target.Version))
        {
            throw ApiErrors.NoSuchResource();
        }
        if (!found.Namespaced && target.Namespace is not null && !(found.Key == "namespaces"))
        {
            throw ApiErrors.NoSuchResource();
        }
        var request = new ApiRequest(context, target, user);
        Authorize(request, found);
        if (review is not null)
        {
            return _endpoints.Reviews.HandleReviewAsync(request, review);
        }
        return Dispatch(request, found);
    }

    private Task Dispatch(ApiRequest request, ResourceType type)
    {
        var (target, method) = (request.Target, request.Context.Request.Method);
        switch (type.Key, target.Subresource)
        {
            case ("services" or "pods", "proxy"):
                return _endpoints.Proxies.HandleAsync(request, type);
            case ("pods", "log") when method == "GET":
                return _endpoints.Pods.LogAsync(request, type);
            case ("pods", "binding") when method == "POST":
                return _endpoints.Pods.BindAsync(request, type);
            case ("pods", "eviction") when method == "POST":
                return _endpoints.Pods.EvictAsync(request, type);
            case ("serviceaccounts", "token"):
                return _endpoints.Reviews.HandleTokenRequestAsync(request, type);
        }
        if (method is "GET" or "HEAD" && target.Subresource.Length == 0)
        {
            if (request.Watch)
            {
                return _endpoints.Watches.HandleAsync(request, type);
            }
            if (target.Name is null)
            {
                return _endpoints.Lists.HandleAsync(request, type);
            }
        }
        return _endpoints.Resources.HandleAsync(request, type);
    }

    private void Authorize(ApiRequest request, ResourceType type)
    {
        var target = request.Target;
        var wanted = new AccessRequest(Verb(request))
        {
            Group = target.Group,
            Resource = target.Resource,
            Subresource = target.Subresource,
            Namespace = target.Namespace,
            Name = target.Subresource == "proxy" && target.Name is { } name ? ProxyEndpoints.Split(name).Name : target.Name,
        };
        if (!_endpoints.Authorizer.Allows(request.User, wanted))
        {
            var details = new JsonObject();
            if (target.Name is not null)
            {
                details["name"] = target.Name;
            }
            if (type.Group.Length > 0)
            {
                details["group"] = type.Group;
            }
            details["kind"] = type.Plural;
            throw new ApiException(403, "Forbidden", wanted.Denial(request.User), details);
        }
    }

    private static string Verb(ApiRequest request)
    {
        var named = request.Target.Name is not null;
        return request.Context.Request.Method switch
        {
            "GET" or "HEAD" when request.Watch => "watch",
            "GET" or "HEAD" => named ? "get" : "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => named ? "delete" : "deletecollection",
            var other => other.ToLowerInvariant(),
        };
    }

    private Task DocumentAsync(HttpContext context, string path, UserInfo user)
    {
        var wanted = new AccessRequest(context.Request.Method.ToLowerInvariant()) { Path = path };
        if (!_endpoints.Authorizer.Allows(user, wanted))
        {
            throw new ApiException(403, "Forbidden", wanted.Denial(user), new JsonObject());
        }
        if (context.Request.Method is not ("GET" or "HEAD"))
        {
            throw ApiErrors.MethodNotAllowed();
        }
        return _endpoints.Documents.WriteAsync(context, path);
    }

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed")]
    private partial void RequestFailed(Exception exception, string method, string path);
}
