using System.Net;
using Mesh.Kubernetes.Resources;

namespace Mesh.Sandbox.Node;

/// <summary>Makes a pod's status from what its containers do, by a kubelet's rules.</summary>
internal static class PodStatusBuilder
{
    /// <param name="pod">The pod, with the status last known (its conditions keep their times while they do not change).</param>
    /// <param name="addresses">None before the sandbox exists.</param>
    /// <param name="nodeAddress">The node's.</param>
    /// <param name="initContainers">In order.</param>
    /// <param name="containers">In order.</param>
    /// <param name="previous">The status published before; null the first time.</param>
    /// <param name="now">For conditions that change.</param>
    public static PodStatus Build(
        Pod pod, IReadOnlyList<IPAddress> addresses, string nodeAddress, IReadOnlyList<ContainerView> initContainers, IReadOnlyList<ContainerView> containers,
        PodStatus previous, DateTimeOffset now)
    {
        var phase = Phase(pod, initContainers, containers);
        var initialized = initContainers.All(c => c.IsFinished && c.Ended?.ExitCode == 0 || IsSidecar(c) && c.Started);
        var finished = phase is "Succeeded" or "Failed";
        var unready = containers.Where(c => !c.Ready).Select(c => c.Spec.Name).ToList();
        var ready = unready.Count == 0 && initialized && !finished;
        var reason = phase == "Succeeded" ? "PodCompleted" : phase == "Failed" ? "PodFailed" : "ContainersNotReady";
        var message = unready.Count == 0 ? null : $"containers with unready status: [{string.Join(' ', unready)}]";
        var gates = pod.Spec.ReadinessGates.All(g => previous.Conditions.Any(c => c.Type == g.ConditionType && c.Status == "True"));
        var status = new PodStatus
        {
            Phase = phase,
            HostIP = nodeAddress,
            PodIP = addresses.Count > 0 ? addresses[0].ToString() : null,
            PodIPs = [.. addresses.Select(address => new PodIP { Ip = address.ToString() })],
            StartTime = previous.StartTime ?? now,
            QosClass = previous.QosClass ?? "BestEffort",
            InitContainerStatuses = [.. initContainers.Select(c => Status(c, init: true))],
            ContainerStatuses = [.. containers.Select(c => Status(c, init: false))],
        };
        List<Condition> own =
        [
            Condition("Initialized", initialized, initialized ? null : "ContainersNotInitialized",
                initialized ? null : $"containers with incomplete status: [{string.Join(' ', initContainers.Where(c => !c.IsFinished).Select(c => c.Spec.Name))}]"),
            Condition("Ready", ready && gates, ready ? gates ? null : "ReadinessGatesNotReady" : reason, ready ? null : message),
            Condition("ContainersReady", ready, ready ? null : reason, ready ? null : message),
            Condition("PodScheduled", true, null, null),
        ];
        return status with
        {
            Conditions = [.. previous.Conditions.Where(c => own.All(o => o.Type != c.Type)).Concat(own)],
        };

        Condition Condition(string type, bool value, string? why, string? text)
        {
            var text2 = value ? "True" : "False";
            var old = previous.Conditions.FirstOrDefault(c => c.Type == type);
            return new Condition
            {
                Type = type,
                Status = text2,
                Reason = why,
                Message = text,
                LastTransitionTime = old?.Status == text2 && old.LastTransitionTime is { } since ? since : now,
            };
        }
    }

    private static bool IsSidecar(ContainerView init) => init.Spec.RestartPolicy == "Always";

    private static string Phase(Pod pod, IReadOnlyList<ContainerView> initContainers, IReadOnlyList<ContainerView> containers)
    {
        if (initContainers.Any(c => !IsSidecar(c) && c.IsFinished && c.Ended is { ExitCode: not 0 }))
        {
            return "Failed";
        }
        if (containers.All(c => c.IsFinished))
        {
            return containers.All(c => c.Ended?.ExitCode == 0) ? "Succeeded" : "Failed";
        }
        // Once every container has been started, a restart does not make the pod pending again.
        return containers.All(c => c.IsRunning || c.RestartCount > 0 || c.Ended is not null) ? "Running" : "Pending";
    }

    private static ContainerStatus Status(ContainerView view, bool init)
    {
        ContainerState state;
        if (view.RunningSince is { } since)
        {
            state = new ContainerState { Running = new ContainerStateRunning { StartedAt = since } };
        }
        else if (view.WaitingReason is { } waiting && !view.IsFinished)
        {
            state = new ContainerState { Waiting = new ContainerStateWaiting { Reason = waiting, Message = view.WaitingMessage } };
        }
        else
        {
            state = view.Ended is { } end
                ? new ContainerState { Terminated = Terminated(end) }
                : new ContainerState { Waiting = new ContainerStateWaiting { Reason = "PodInitializing" } };
        }
        return new ContainerStatus
        {
            Name = view.Spec.Name,
            Image = view.Spec.Image,
            ImageID = view.ContainerId is null ? "" : view.Spec.Image ?? "",
            ContainerID = view.ContainerId is { } id ? $"sandbox://{id}" : null,
            Ready = init && !IsSidecar(view) ? view.IsFinished && view.Ended?.ExitCode == 0 : view.Ready,
            Started = view.IsRunning && view.Started,
            RestartCount = view.RestartCount,
            State = state,
            LastState = new ContainerState { Terminated = view.Last is { } last ? Terminated(last) : null },
        };
    }

    private static ContainerStateTerminated Terminated(ContainerEnd end) => new()
    {
        ExitCode = end.ExitCode,
        Signal = end.Signal,
        Reason = end.Reason,
        Message = end.Message,
        StartedAt = end.StartedAt,
        FinishedAt = end.FinishedAt,
        ContainerID = $"sandbox://{end.ContainerId}",
    };
}
