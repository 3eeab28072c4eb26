using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Enrolment;

internal sealed partial class EnrolmentKeeper
{
    [LoggerMessage(EventId = 2310, Level = LogLevel.Information, Message = "pod {Namespace}/{Pod} ({Uid}) enrolled, namespace {Path}")]
    private static partial void LogEnrolled(ILogger logger, string @namespace, string pod, string uid, string path);

    [LoggerMessage(EventId = 2311, Level = LogLevel.Warning, Message = "pod {Namespace}/{Pod} not enrolled: {Reason}. {Details}")]
    private static partial void LogRefused(ILogger logger, string @namespace, string pod, string reason, string details);

    [LoggerMessage(EventId = 2312, Level = LogLevel.Information, Message = "pod {Namespace}/{Pod} let go")]
    private static partial void LogUnenrolled(ILogger logger, string @namespace, string pod);

    [LoggerMessage(EventId = 2313, Level = LogLevel.Information,
        Message = "pod {Namespace}/{Pod} let go: its network namespace is not at {Path} any more")]
    private static partial void LogGone(ILogger logger, string @namespace, string pod, string path);

    [LoggerMessage(EventId = 2314, Level = LogLevel.Warning,
        Message = "redirect rules of pod {Namespace}/{Pod} left as they are: {Reason}")]
    private static partial void LogRulesLeft(ILogger logger, string @namespace, string pod, string reason);

    [LoggerMessage(EventId = 2315, Level = LogLevel.Information, Message = "redirect rules of pod {Namespace}/{Pod} changed")]
    private static partial void LogRulesChanged(ILogger logger, string @namespace, string pod);

    [LoggerMessage(EventId = 2317, Level = LogLevel.Warning,
        Message = "the network namespace of pod {Namespace}/{Pod} is not visible at {Path}: when the proxy restarts, the pod must be "
            + "restarted too. Mount the node's /run/netns with mountPropagation HostToContainer")]
    private static partial void LogPathInvisible(ILogger logger, string @namespace, string pod, string path);

    [LoggerMessage(EventId = 2325, Level = LogLevel.Warning,
        Message = "the application of pod {Namespace}/{Pod} sees the pod's own address instead of its clients': {Reason}")]
    private static partial void LogSourceAddressRefused(ILogger logger, string @namespace, string pod, string reason);

    [LoggerMessage(EventId = 2318, Level = LogLevel.Warning,
        Message = "not every service account of the pods taken over has a certificate after {Seconds} s; their connections wait for one")]
    private static partial void LogNoCertificates(ILogger logger, double seconds);

    [LoggerMessage(EventId = 2316, Level = LogLevel.Information, Message = "{Restored} of {Saved} pods taken up again")]
    private static partial void LogRestored(ILogger logger, int restored, int saved);
}
