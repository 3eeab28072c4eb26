namespace Orleans.Embedded.Catalog;

/// <summary>Converts between what a grain method returns and a <see cref="Task{TResult}"/> of object.</summary>
internal abstract class ResultAdapter
{
    public virtual Type? ResultType => null;

    /// <returns>Null when nothing converts <paramref name="returnType"/>.</returns>
    public static ResultAdapter? For(Type returnType)
    {
        if (returnType == typeof(void))
        {
            return new NoResult();
        }
        if (returnType == typeof(Task))
        {
            return new TaskResult();
        }
        if (returnType == typeof(ValueTask))
        {
            return new ValueTaskResult();
        }
        var definition = returnType.IsGenericType ? returnType.GetGenericTypeDefinition() : null;
        var adapter = definition == typeof(Task<>) ? typeof(TaskResult<>) : definition == typeof(ValueTask<>) ? typeof(ValueTaskResult<>) : null;
        return adapter is null
            ? null
            : (ResultAdapter)Activator.CreateInstance(adapter.MakeGenericType(returnType.GetGenericArguments()))!;
    }

    public abstract Task<object?> WaitAsync(object? returned);

    public abstract object? Convert(Task<object?> answer);

    private sealed class NoResult : ResultAdapter
    {
        public override Task<object?> WaitAsync(object? returned) => Task.FromResult<object?>(null);

        public override object? Convert(Task<object?> answer) => null;
    }

    private sealed class TaskResult : ResultAdapter
    {
        public override async Task<object?> WaitAsync(object? returned)
        {
            await (Task)returned!;
            return null;
        }

        public override object Convert(Task<object?> answer) => answer;
    }

    private sealed class ValueTaskResult : ResultAdapter
    {
        public override async Task<object?> WaitAsync(object? returned)
        {
            await (ValueTask)returned!;
            return null;
        }

        public override object Convert(Task<object?> answer) => new ValueTask(answer);
    }

    private sealed class TaskResult<T> : ResultAdapter
    {
        public override Type ResultType => typeof(T);

        public override async Task<object?> WaitAsync(object? returned) => await (Task<T>)returned!;

        public override object Convert(Task<object?> answer) => Unbox(answer);

        internal static async Task<T> Unbox(Task<object?> answer) => (T)(await answer.ConfigureAwait(false))!;
    }

    private sealed class ValueTaskResult<T> : ResultAdapter
    {
        public override Type ResultType => typeof(T);

        public override async Task<object?> WaitAsync(object? returned) => await (ValueTask<T>)returned!;

        public override object Convert(Task<object?> answer) => new ValueTask<T>(TaskResult<T>.Unbox(answer));
    }
}
