using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>One entry of a Link's status.mirrorServices.</summary>
/// <param name="ControllerName">"linkerd.io/service-mirror".</param>
/// <param name="LocalName">conditions[].localRef.name of its one condition; empty when there is none.</param>
public sealed record ObservedLinkServiceStatus(
    string ControllerName,
    string RemoteNamespace,
    string RemoteName,
    string LocalNamespace,
    string LocalName,
    ImmutableArray<ObservedCondition> Conditions);
