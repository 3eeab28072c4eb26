using Mesh.Sandbox.Lifecycle;

namespace Mesh.Sandbox.Node;

/// <summary>Tells when processes end, at once and also for those that are no children of this one.</summary>
internal static class ProcessExits
{
    private const int StackSize = 256 * 1024;

    /// <summary>Completes when that very process has ended; immediately when it already has.</summary>
    public static Task WaitAsync(ProcessIdentity process)
    {
        var descriptor = Native.PidfdOpen(process.Pid);
        if (descriptor < 0)
        {
            return Task.CompletedTask;
        }
        if (!process.IsAlive())
        {
            Native.Close(descriptor);
            return Task.CompletedTask;
        }
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // A thread that only sleeps in the kernel: a node has a few dozen containers.
        new Thread(() => Wait(descriptor, ended), StackSize) { IsBackground = true, Name = $"exit of {process.Pid}" }.Start();
        return ended.Task;
    }

    private static unsafe void Wait(int descriptor, TaskCompletionSource ended)
    {
        var poll = new Native.PollDescriptor { Descriptor = descriptor, Events = Native.PollIn };
        while (Native.Poll(&poll, 1, -1) <= 0)
        {
            // Interrupted by a signal.
        }
        Native.Close(descriptor);
        ended.SetResult();
    }
}
